/**
 * What a run says at its end: outcome, curve, answers before and after, what is in the run folder, which the
 * runner names after it. Knows nothing about hooks.
 */
import type { RunEndEvent } from '@tinsmith/core';
import {
  curveLines,
  formatSeconds,
  plural,
  type Point,
  samplesTable,
  signsOf,
  type Terminal,
} from '@tinsmith/terminal';
import type { StepSamples } from './samples.js';

export interface Summary {
  readonly outcome: RunEndEvent['outcome'];
  readonly reason: string | undefined;
  readonly seconds: number;
  /** The step that this attempt began with. */
  readonly firstStep: number;
  /** Steps that this attempt finished. */
  readonly steps: number;
  readonly planned: number | undefined;
  /** The metric of the curve, if there is one, and what it is called here. */
  readonly metric: string | undefined;
  readonly label: string;
  readonly points: readonly Point[];
  readonly before: StepSamples | undefined;
  readonly after: StepSamples | undefined;
  readonly files: readonly string[];
  /** The next step after the last checkpoint; undefined without one. */
  readonly checkpoint: { readonly name: string; readonly batch: number } | undefined;
}

/** Longer lines are hard to read. */
const WIDEST = 100;

export function summaryLines(summary: Summary, terminal: Terminal): string[] {
  const width = Math.min(terminal.width() - 1, WIDEST);
  const sections = [
    [outcomeLine(summary, terminal)],
    curve(summary, terminal, width),
    samples(summary, terminal, width),
    whereabouts(summary, terminal, width),
  ];
  return sections.filter(lines => lines.length > 0).flatMap(lines => ['', ...lines]);
}

function outcomeLine(
  { outcome, reason, seconds, firstStep, steps, planned }: Summary,
  { paint, ...terminal }: Terminal,
): string {
  const signs = signsOf(terminal);
  const verdict = {
    completed: paint('green', `${signs.good} completed`),
    stopped: paint('yellow', `${signs.stopped} stopped`),
    failed: paint('red', `${signs.bad} failed`),
  }[outcome];
  const done = firstStep + steps;
  const isAll = planned === undefined || done === planned;
  return [
    `${verdict}  ${isAll ? plural(done, 'step') : `${done} of ${planned} steps`}`,
    ...(firstStep > 0 ? [`${steps} of them since step ${firstStep}`] : []),
    formatSeconds(seconds),
    ...(reason === undefined ? [] : [reason]),
  ].join(', ');
}

function curve({ points, label, metric, steps }: Summary, terminal: Terminal, width: number): string[] {
  const lines = curveLines(points, label, { terminal, width });
  return lines.length > 0 || steps === 0
    ? lines
    : [terminal.paint('dim', `no step reported ${metric ?? 'a metric to plot'}`)];
}

function samples({ before, after }: Summary, terminal: Terminal, width: number): string[] {
  const steps = [
    ...(before
      ? [{ title: after ? `before, at step ${before.step}` : `at step ${before.step}`, ...before }]
      : []),
    ...(after ? [{ title: `after, at step ${after.step}`, ...after }] : []),
  ].filter(step => step.samples.length > 0);
  const { paint } = terminal;
  return samplesTable(steps, { width, signs: signsOf(terminal), paint });
}

function whereabouts({ outcome, files, ...rest }: Summary, { paint }: Terminal, width: number): string[] {
  const [firstFiles, ...otherFiles] = wrap(files, width - 'files   '.length);
  return [
    ...(firstFiles === undefined ? [] : [`${paint('dim', 'files ')}  ${firstFiles}`]),
    ...otherFiles.map(line => `        ${line}`),
    ...(outcome === 'completed' ? [] : [`${paint('dim', 'resume')}  ${whereItGoesOn(rest)}`]),
  ];
}

/** Words in lines of at most `width` characters; a word is never cut. */
function wrap(words: readonly string[], width: number): string[] {
  return words.reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    const longer = `${last}  ${word}`;
    return last !== undefined && longer.length <= width ? [...lines.slice(0, -1), longer] : [...lines, word];
  }, []);
}

function whereItGoesOn({ checkpoint, firstStep }: Pick<Summary, 'checkpoint' | 'firstStep'>): string {
  if (checkpoint) return `at step ${checkpoint.batch}, from the checkpoint ${checkpoint.name}`;
  if (firstStep > 0) return `at step ${firstStep}, where this attempt began`;
  return 'at the beginning: there is no checkpoint yet';
}
