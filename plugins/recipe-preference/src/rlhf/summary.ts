/** What came of the stages, at the end of the run: a few lines in the log, and summary.json. */
import { join } from 'node:path';
import { messageOf, type Metrics, type Run, type RunDirectory, TinsmithError } from '@tinsmith/core';
import { metricsOfStage, mixSeed } from '@tinsmith/training';
import { z } from 'zod';
import { accuracyOf, prefixed, winRateEvaluator } from './measure.js';
import type { RlhfParts } from './open.js';
import type { RlhfOptions } from './options.js';

export const summaryFile = 'summary.json';

/** JSON has no NaN and writes null. */
const measured = z
  .number()
  .nullable()
  .transform(value => value ?? Number.NaN);

const summarySchema = z.object({
  /** What was measured: a summary of the same checkpoints is not made again. */
  checkpoints: z.record(z.string(), z.string()),
  stages: z.record(
    z.string(),
    z.object({
      steps: z.int(),
      /** What was measured on the way: the first value and the last. */
      metrics: z.record(z.string(), z.tuple([measured, measured]).readonly()),
    }),
  ),
  /** Of the last weights, on comparisons that were held out. */
  final: z.record(z.string(), measured),
});
export type Summary = z.output<typeof summarySchema>;

/** What tells most, by stage. */
const TOLD = {
  sft: ['test/nll', 'train_mean_nll'],
  rm: ['test/nll', 'test/accuracy'],
  rl: ['win_rate', 'win_rate_sft', 'env/all/ac_tokens_per_turn'],
};

/** @param earlier what an earlier attempt wrote */
export async function summarise(
  run: Run,
  options: RlhfOptions,
  parts: RlhfParts,
  earlier: Summary | undefined,
): Promise<void> {
  const checkpoints = Object.fromEntries(
    Object.entries(await parts.left()).filter(([, path]) => path !== undefined),
  ) as Record<string, string>;
  const isKnown = earlier && JSON.stringify(earlier.checkpoints) === JSON.stringify(checkpoints);
  const summary = isKnown
    ? earlier
    : { checkpoints, stages: await stagesSoFar(run), final: await measureLast(run, options, parts) };
  if (!isKnown) await run.directory.write(summaryFile, `${JSON.stringify(summary, undefined, 2)}\n`);
  for (const line of linesOf(summary)) run.log(line);
}

/**
 * What an earlier attempt wrote; undefined if none has got to the end.
 * @throws SUMMARY_UNREADABLE
 */
export async function readSummary(directory: RunDirectory): Promise<Summary | undefined> {
  const text = await directory.read(summaryFile);
  if (text === undefined) return undefined;
  try {
    return summarySchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new TinsmithError({
      code: 'SUMMARY_UNREADABLE',
      message: 'the summary of the run is not as the run wrote it',
      at: join(directory.path, summaryFile),
      found:
        cause instanceof z.ZodError ? z.prettifyError(cause).replaceAll(/\s*\n\s*/g, ' ') : messageOf(cause),
      fix: 'remove the file: the run makes it again from the checkpoints',
      cause,
    });
  }
}

async function stagesSoFar({ directory }: Run): Promise<Summary['stages']> {
  const found = Object.entries(TOLD).map(async ([name, told]) => {
    const rows = await metricsOfStage(directory, name);
    const metrics = told.flatMap(key => {
      const values = rows.map(row => row[key]).filter(value => typeof value === 'number');
      return values.length > 0 ? [[key, [values[0]!, values.at(-1)!]] as const] : [];
    });
    return rows.length > 0
      ? [[name, { steps: rows.length, metrics: Object.fromEntries(metrics) }] as const]
      : [];
  });
  return Object.fromEntries((await Promise.all(found)).flat());
}

/** The loops measure before a step: what the last one has made of the weights is measured here. */
async function measureLast(run: Run, options: RlhfOptions, parts: RlhfParts): Promise<Metrics> {
  const { engine, tokenizer, renderer, heldOut } = parts;
  const { sft, rewardModel, policy } = await parts.left();
  const { signal } = run;
  const isJudged = options.judge !== undefined || rewardModel !== undefined;
  if (heldOut.length === 0 || !isJudged) return {};
  const ofJudge = prefixed('judge/', await accuracyOf(await parts.judge(), heldOut, signal));
  if (policy === undefined || sft === undefined) return ofJudge;
  const evaluator = await winRateEvaluator(options, parts, run.seed);
  const { metrics } = await evaluator.evaluate({
    sampling: () => engine.createSamplingClient({ modelPath: policy }),
    renderer,
    tokenizer,
    seed: mixSeed(run.seed, LAST),
    signal,
  });
  return { ...ofJudge, ...prefixed('policy/', metrics) };
}

/** Keeps the samples apart from those of a step. */
const LAST = 2 ** 32;

function linesOf({ stages, final }: Summary): string[] {
  return [
    ...Object.entries(stages).map(([name, { steps, metrics }]) => {
      const told = Object.entries(metrics).map(
        ([key, [first, last]]) => `${key} ${number(first)} -> ${number(last)}`,
      );
      return `${name}: ${steps} steps; ${told.join(', ')}`;
    }),
    ...Object.entries(final).map(([name, value]) => `${name} ${number(value)}`),
  ];
}

const number = (value: number) => value.toPrecision(3);
