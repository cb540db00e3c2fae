/** Comparisons of hh-rlhf, whole runs and names of runs of `dpo` against the reference's results. What differs is said at each. */
import { type Datum, float32, int64, modelInput } from '@tinsmith/core';
import { byteTokenizer } from '@tinsmith/testkit';
import { expect } from 'vitest';
import { type Attempt, type Call, FakeService } from '../../../packages/training/test/fake-service.js';
import { testGoldenRows } from '../../../packages/training/test/golden.js';
import { hhComparison } from '../src/data/formats.js';
import { dpo } from '../src/dpo/dpo.js';
import { dpoOptions } from '../src/dpo/options.js';
import { trainDpo } from '../src/dpo/train-dpo.js';

type Values = Readonly<Record<string, unknown>>;

const camelCased = (values: Values) =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );

interface HhExpected {
  readonly comparison: {
    readonly prompt: unknown[];
    readonly completion_a: unknown[];
    readonly completion_b: unknown[];
  } | null;
  readonly label?: string;
}

testGoldenRows<{ chosen: string; rejected: string }, HhExpected>(
  'environments',
  'hh_comparison',
  ({ input, expected }) => {
    const ours = hhComparison(input.chosen, input.rejected);
    if (expected.comparison === null) return expect(ours).toBeUndefined();
    expect(ours).toEqual({
      comparison: {
        prompt: expected.comparison.prompt,
        completionA: expected.comparison.completion_a,
        completionB: expected.comparison.completion_b,
      },
      label: expected.label,
    });
  },
);

interface TrainerRun {
  readonly trainer: string;
  readonly config: Values & { readonly n_batches: number; readonly test?: boolean };
  readonly runs: readonly { readonly crash_after: number | null; readonly overrides?: Values }[];
}

testGoldenRows<TrainerRun, { runs: Attempt[] }>(
  'checkpoints_logs',
  'trainer_run',
  async ({ input, expected }) => {
    const service = new FakeService();
    for (const [index, { crash_after, overrides }] of input.runs.entries()) {
      const { n_batches, test, ...config } = { ...input.config, ...overrides };
      const options = dpoOptions.parse({ engine: 'fake', modelName: 'model', ...camelCased(config) });
      const ours = await service.attempt(crash_after, ({ run, engine }) =>
        trainDpo(run, options, {
          engine,
          tokenizer: byteTokenizer([]),
          train: { length: n_batches, getBatch: async (_, batch) => toyPair(batch) },
          test: test ? toyPair(0) : undefined,
        }),
      );
      compare(ours, expected.runs[index]!);
    }
  },
  ({ trainer }) => trainer !== 'dpo',
);

const trainingCalls = (calls: readonly Call[]) =>
  calls.filter(([name]) => /^(create_training|forward|optim_step)/.test(String(name)));
/** What is ours alone: the loss by its other name, how well the held-out pairs are told apart, the runner's progress. */
const keysOf = ({ metric_keys }: Attempt) =>
  metric_keys.filter(
    key =>
      !/^(optimizer_metric|(surrogate_)?loss:sum|progress\/|time\/|test\/(?!nll))/.test(key) &&
      key !== 'state_path', // Deviation: metrics are numbers. Where a state lies is in checkpoints.jsonl.
  );

const names = ({ checkpoints_file }: Attempt) => [...new Set(checkpoints_file.map(({ name }) => name))];

function compare(ours: Attempt, expected: Attempt) {
  expect(ours.ended).toBe(expected.ended);
  expect(keysOf(ours)).toEqual(keysOf(expected));
  expect(trainingCalls(ours.calls)).toEqual(trainingCalls(expected.calls));
  const rows = expected.rows.map(row =>
    Object.fromEntries(Object.entries(row).filter(([key]) => key !== 'state_path')),
  );
  expect(ours.rows).toHaveLength(rows.length);
  expect(ours.rows).toMatchObject(rows);
  // Deviations: rows count steps over all epochs; a resumed run does not save again what it was resumed from.
  expect(names(ours)).toEqual(names(expected));
  for (const { batch, updates } of ours.checkpoints_file) expect(updates).toBe(batch);
}

/** The same numbers of tokens as in the toy data of supervised runs: 4 + k mod 3 for datum k. */
const toyPair = (batch: number): Datum[] =>
  [2 * batch, 2 * batch + 1].map(k => {
    const targets = Array.from({ length: 3 + (k % 3) }, (_, i) => 65 + i);
    return {
      modelInput: modelInput([64, ...targets.slice(0, -1)]),
      lossFnInputs: { target_tokens: int64(targets), weights: float32(targets.map(() => 1)) },
    };
  });

testGoldenRows<{ recipe: string; config: Values }, { log_path: string }>(
  'checkpoints_logs',
  'run_name',
  ({ input: { config }, expected }) => {
    const name = dpo.runName!(camelCased(config) as never, { seed: 0 });
    const [, expectedName] = /\/dpo\/(.*)-\d{4}-\d\d-\d\d-\d\d-\d\d$/.exec(expected.log_path)!;
    expect(name).toBe(expectedName);
  },
  ({ recipe }) => recipe !== 'preference/dpo',
);
