/** A stored run in lines for people: what it was, its curve, its numbers, where to go on, its best and worst rollouts. */
import { type CheckpointRow, nearest, resumableRow, TinsmithError } from '@tinsmith/core';
import { valueAt } from '@tinsmith/core/options';
import {
  curveLines,
  formatNumber,
  formatSeconds,
  mainMetricOf,
  metricLabel,
  plural,
  samplesTable,
  signsOf,
  type Terminal,
} from '@tinsmith/terminal';
import { table } from '../explain/table.js';
import type { Rollout, StepRow, StoredRun } from './read-run.js';

export interface ShowLook {
  readonly terminal: Terminal;
  /** Plotted; default: what the run is trained for. */
  readonly metric: string | undefined;
  /** Rollouts shown at either end. */
  readonly rollouts: number;
}

/** @throws METRIC_UNKNOWN */
export function runLines(run: StoredRun, look: ShowLook): string[] {
  const width = Math.min(look.terminal.width() - 1, WIDEST);
  const sections = [
    headline(run, look.terminal),
    curve(run, look, width),
    numbers(run.steps, look.terminal),
    checkpoints(run.checkpoints, look.terminal),
    rollouts(run.rollouts, look, width),
  ];
  return sections
    .filter(lines => lines.length > 0)
    .flatMap((lines, index) => (index > 0 ? ['', ...lines] : lines));
}

/** Longer lines are hard to read. */
const WIDEST = 100;

function headline({ folder, record, steps, ending }: StoredRun, { paint }: Terminal): string[] {
  const recipe = valueAt(record, ['recipe', 'use']);
  const told = [
    ['model', valueAt(record, ['recipe', 'with', 'modelName'])],
    ['engine', valueAt(record, ['recipe', 'with', 'engine'])],
    ['seed', record['seed']],
  ].flatMap(([what, value]) =>
    typeof value === 'string' || typeof value === 'number' ? `${String(what)} ${value}` : [],
  );
  const seconds = steps.reduce((sum, { metrics }) => sum + (metrics['time/total'] ?? 0), 0);
  return [
    [
      `${paint('bold', typeof recipe === 'string' ? recipe : 'a run')}  ${ending ?? 'not ended: it runs, or was killed'}`,
      plural(steps.length, 'step'),
      ...(seconds > 0 ? [formatSeconds(seconds)] : []),
      ...told,
    ].join(', '),
    paint('dim', folder),
  ];
}

function curve({ steps, folder }: StoredRun, { metric, terminal }: ShowLook, width: number): string[] {
  const names = metricNames(steps);
  if (metric !== undefined && !names.includes(metric)) throw metricUnknown(metric, names, folder);
  const name = metric ?? mainMetricOf(names);
  if (name === undefined) return [];
  return curveLines(pointsOf(steps, name), metricLabel(name), { terminal, width });
}

const metricNames = (steps: readonly StepRow[]) => [
  ...new Set(steps.flatMap(({ metrics }) => Object.keys(metrics))),
];

const pointsOf = (steps: readonly StepRow[], name: string) =>
  steps.flatMap(({ step, metrics }) => {
    const value = metrics[name];
    return value === undefined ? [] : [{ step, value }];
  });

/** What says how a step went, in this order; counts and the way through the data are in metrics.jsonl. */
const TOLD = [
  /^(?:test\/|eval\/)?env\/all\/(?!total_|by_group\/)/,
  /^env\/all\/by_group\/frac_mixed$/,
  /^stop\//,
  /^optim\//,
  /nll$|bpb$|loss|accuracy|margin|win_rate|kl|entropy/,
  /^grad_norm/,
  /^time\/total$/,
];

const place = (name: string) => TOLD.findIndex(pattern => pattern.test(name));

function numbers(steps: readonly StepRow[], { paint }: Terminal): string[] {
  const names = metricNames(steps)
    .filter(name => place(name) >= 0)
    .toSorted((a, b) => place(a) - place(b));
  if (names.length === 0) return [];
  const rows = names.map(name => {
    const values = pointsOf(steps, name).map(({ value }) => value);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return [name, ...[values[0]!, values.at(-1)!, least, most].map(formatNumber)];
  });
  const [head = '', ...lines] = table([['metric', 'first', 'last', 'least', 'most'], ...rows]);
  return [paint('dim', head), ...lines];
}

function checkpoints(rows: readonly CheckpointRow[], { paint }: Terminal): string[] {
  if (rows.length === 0) return ['no checkpoint'];
  const next = resumableRow(rows);
  const [head = '', ...lines] = table([
    ['checkpoint', 'next batch', 'holds', 'until', ''],
    ...rows.map(row => [
      row.name,
      String(row.batch ?? '?'),
      [
        ...(row.state_path === undefined ? [] : ['state']),
        ...(row.sampler_path === undefined ? [] : ['sampler']),
      ].join(' + '),
      row.expires_at ?? 'for good',
      row === next ? 'resume goes on here' : '',
    ]),
  ]);
  return [paint('dim', head), ...lines];
}

function rollouts(
  last: StoredRun['rollouts'],
  { terminal, rollouts: count }: ShowLook,
  width: number,
): string[] {
  if (!last || last.all.length === 0 || count === 0) return [];
  const sorted = last.all.toSorted((a, b) => b.reward - a.reward);
  const best = sorted.slice(0, count);
  const worst = sorted.slice(Math.max(count, sorted.length - count)).toReversed();
  const titled = (title: string, samples: readonly Rollout[]) => ({
    title: `${title} of ${sorted.length} rollouts, step ${last.step}`,
    samples,
  });
  const steps = [titled('best', best), ...(worst.length > 0 ? [titled('worst', worst)] : [])];
  return samplesTable(steps, { width, signs: signsOf(terminal), paint: terminal.paint });
}

const metricUnknown = (metric: string, names: readonly string[], folder: string) =>
  new TinsmithError({
    code: 'METRIC_UNKNOWN',
    message: `the run has no metric "${metric}"`,
    at: folder,
    fix:
      nearest(metric, names) ??
      (names.length > 0 ? `one of ${names.join(', ')}` : 'there are no metrics yet'),
  });
