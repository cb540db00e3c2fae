/** Whether two run folders say the same: every step once, the same metrics, the same rollouts, the same final weights. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

type Row = Readonly<Record<string, unknown>>;

/**
 * Rows of metrics.jsonl by the rule that readers follow: the last row of a step counts. A line that a kill tore off is passed
 * over.
 */
export function stepsOf(folder: string, file = 'metrics.jsonl'): Row[] {
  const rows = new Map<unknown, Row>();
  for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) {
    const row = parsed(line);
    if (row) rows.set(row['step'], row);
  }
  return [...rows.values()].toSorted((a, b) => Number(a['step']) - Number(b['step']));
}

/** What differs, in words; empty: nothing does. */
export function differences(whole: string, killed: string): string[] {
  return [
    ...metricsFiles(whole).flatMap(file => stepsThatDiffer(whole, killed, file)),
    ...filesThatDiffer(whole, killed),
  ];
}

/** Of the run, and of its stages if it has any. */
const metricsFiles = (folder: string): string[] => [
  'metrics.jsonl',
  ...readdirSync(folder)
    .map(name => join(name, 'metrics.jsonl'))
    .filter(file => existsSync(join(folder, file))),
];

function stepsThatDiffer(whole: string, killed: string, file: string): string[] {
  const found: string[] = [];
  const [wanted, got] = [whole, killed].map(folder => stepsOf(folder, file).map(withoutTimes)) as [
    Row[],
    Row[],
  ];
  const place = dirname(file) === '.' ? '' : `${dirname(file)}: `;
  if (wanted.length !== got.length) found.push(`${place}${got.length} steps instead of ${wanted.length}`);
  for (const [index, row] of wanted.entries()) {
    const keys = new Set([...Object.keys(row), ...Object.keys(got[index] ?? {})]);
    const others = [...keys].filter(key => !Object.is(row[key], got[index]?.[key]));
    if (others.length > 0) found.push(`${place}step ${String(row['step'])}: ${others.join(', ')}`);
  }
  const lines = readFileSync(join(killed, file), 'utf8').split('\n').filter(Boolean).length;
  if (lines !== got.length) found.push(`${file} has ${lines} lines for ${got.length} steps`);
  return found;
}

const withoutTimes = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).filter(([key]) => !key.startsWith('time/')));

/** The final weights with their optimiser, the rollouts and their summaries, the data that a run made, byte for byte. */
function filesThatDiffer(whole: string, killed: string): string[] {
  const names = readdirSync(whole, { recursive: true, encoding: 'utf8' }).filter(name =>
    /^(checkpoints\/(\w+-)?final\/.*\.safetensors|(\w+\/)?(rollouts.*|iteration_\d+\/.*|data)\.jsonl|summary\.json)$/.test(
      name,
    ),
  );
  if (!names.some(name => name.endsWith('.safetensors'))) return [`no final weights in ${whole}`];
  return names
    .filter(
      name =>
        !existsSync(join(killed, name)) || !timeless(join(whole, name)).equals(timeless(join(killed, name))),
    )
    .map(name => `${name} differs`);
}

/** Trajectories of an evaluation say how long each sample took; all else of a file counts. */
function timeless(file: string): Buffer {
  const content = readFileSync(file);
  if (!file.endsWith('.jsonl')) return content;
  return Buffer.from(content.toString('utf8').replaceAll(/"time_seconds":[\d.e-]+/g, '"time_seconds":0'));
}

function parsed(line: string): Row | undefined {
  try {
    return JSON.parse(line) as Row;
  } catch {
    return undefined;
  }
}
