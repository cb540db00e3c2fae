/** What many examples say together: `result.json` of an evaluation (cookbook-artifacts, section 8). */
import type { EvaluatedExample, Metrics } from '@tinsmith/core';
import { passAtKTable, passKValues } from '../pass-at-k.js';

export interface EvaluationSummary {
  /** The share of right answers; of several samples per example the mean of their shares. What was cut or failed is wrong. */
  readonly score: number;
  /** The same without what was cut or failed; NaN if nothing is left. */
  readonly scoreCompleted: number;
  /** Of the score, from how much examples differ; NaN for fewer than two. */
  readonly standardError: number;
  readonly numExamples: number;
  /** Answers and failures, all samples of all examples. */
  readonly numSamples: number;
  readonly numCorrect: number;
  readonly numErrors: number;
  readonly numTruncated: number;
  /** Means over the answers that have the metric; a failure has none. */
  readonly metrics: Metrics;
  /** By k; only with several samples per example. */
  readonly passAtK: ReadonlyMap<number, number>;
}

export function summarise(examples: readonly EvaluatedExample[]): EvaluationSummary {
  const byId = new Map<string, EvaluatedExample[]>();
  for (const example of examples) {
    const samples = byId.get(example.id);
    if (samples) samples.push(example);
    else byId.set(example.id, [example]);
  }
  const groups = [...byId.values()];
  const shares = groups.map(samples => mean(samples.map(isRight)));
  const completed = examples.filter(({ error, isTruncated }) => error === null && !isTruncated);
  const mostSamples = Math.max(0, ...groups.map(({ length }) => length));
  const rewards = groups.map(samples => samples.map(({ reward }) => reward));
  return {
    score: mean(shares),
    scoreCompleted: mean(completed.map(isRight)),
    standardError: standardError(shares),
    numExamples: groups.length,
    numSamples: examples.length,
    numCorrect: examples.filter(isRight).length,
    numErrors: examples.filter(({ error }) => error !== null).length,
    numTruncated: examples.filter(({ isTruncated }) => isTruncated).length,
    metrics: meansOf(examples.filter(({ error }) => error === null).map(({ metrics }) => metrics)),
    passAtK: mostSamples > 1 ? passAtKTable(rewards, passKValues(mostSamples)) : new Map<number, number>(),
  };
}

/** The summary as metrics of a run: `eval/<name>/score`. What cannot be told is left out. */
export function summaryMetrics(name: string, summary: EvaluationSummary): Metrics {
  const { score, scoreCompleted, standardError: error, numErrors, numTruncated, numExamples } = summary;
  const metrics = {
    score,
    score_completed: scoreCompleted,
    standard_error: error,
    num_examples: numExamples,
    num_errors: numErrors,
    num_truncated: numTruncated,
    ...summary.metrics,
    ...Object.fromEntries([...summary.passAtK].map(([k, value]) => [`pass@${k}`, value])),
  };
  return Object.fromEntries(
    Object.entries(metrics)
      .filter(([, value]) => Number.isFinite(value))
      .map(([key, value]) => [`eval/${name}/${key}`, value]),
  );
}

const isRight = ({ reward }: EvaluatedExample): boolean => reward > 0;

const mean = (values: readonly (number | boolean)[]): number =>
  values.reduce<number>((sum, value) => sum + Number(value), 0) / values.length;

function standardError(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

function meansOf(all: readonly Metrics[]): Metrics {
  const names = new Set(all.flatMap(metrics => Object.keys(metrics)));
  return Object.fromEntries(
    [...names].map(name => [name, mean(all.flatMap(metrics => metrics[name] ?? []))]),
  );
}
