/**
 * One line of metrics.jsonl and back. JSON has no word for NaN and the infinities, and a lost NaN hides a
 * broken run, so they are written as Python's `json` writes and reads them: the bare words NaN, Infinity and
 * -Infinity. Notebooks made for the Cookbook's files read ours; `JSON.parse` does not, hence `parseMetricRow`.
 */
import type { MetricRecord } from './run.js';

/** `{"step":0,"env/all/reward/total":0.5}`. A metric called `step` gives way to the step. */
export function formatMetricRow({ step, metrics }: MetricRecord): string {
  const entries = [['step', step] as const, ...Object.entries(metrics).filter(([key]) => key !== 'step')];
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${formatNumber(value)}`).join(',')}}`;
}

const formatNumber = (value: number) => (Number.isFinite(value) ? JSON.stringify(value) : String(value));

/**
 * What stands in a line; values that are not numbers are kept as they are. Throws a SyntaxError for anything
 * but an object.
 */
export function parseMetricRow(line: string): Readonly<Record<string, unknown>> {
  const json = line.replaceAll(textOrWord, found => (found.startsWith('"') ? found : `"${MARK}${found}"`));
  const row: unknown = JSON.parse(json, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) ? Number(value.slice(MARK.length)) : value,
  );
  if (typeof row === 'object' && row !== null && !Array.isArray(row)) return row as Record<string, unknown>;
  throw new SyntaxError('a line of metrics must be an object');
}

/** Strings come first, so that words inside them are passed over. */
const textOrWord = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g;
/** Before the words that become strings for a moment; JSON text cannot hold it unescaped. */
const MARK = '\uE000number:';
