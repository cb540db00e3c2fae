/** The loop, its learning rates and its batches against the reference's. */
import { inputTokens, Renderers, RowSources } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import renderers from '@tinsmith/renderers-chat';
import { createTestKit } from '@tinsmith/testkit';
import { expect } from 'vitest';
import { byteTokenizer } from '../../../packages/testkit/src/byte-tokenizer.js';
import { type Attempt, FakeService, registryOf } from '../../../packages/training/test/fake-service.js';
import { isClose, testGoldenRows } from '../../../packages/training/test/golden.js';
import { jsonLines, newFolder } from '../../recipe-rl-loop/test/rows.js';
import { slLoopOptions } from '../src/options.js';
import { slLoop } from '../src/sl-loop.js';

interface TrainerRun {
  readonly trainer: string;
  readonly config: {
    readonly batch_size: number;
    readonly save_every: number;
    readonly max_length?: number;
    readonly max_steps?: number;
  };
  readonly runs: readonly { readonly crash_after: number | null }[];
  readonly data: readonly object[];
}
type Tensor = { readonly data: number[]; readonly dtype: string };
interface Expected {
  readonly runs: readonly Attempt[];
  readonly first_datums: readonly ({ readonly model_input: number[] } & Record<string, Tensor>)[];
}

interface Settings {
  readonly data: readonly object[];
  readonly batchSize: number;
  readonly saveEvery?: number;
  readonly maxLength?: number | undefined;
  readonly maxSteps?: number | undefined;
  readonly learningRate?: number;
}

async function runLoop({ data, ...settings }: Settings): Promise<Attempt> {
  await using kit = await createTestKit({ plugins: [datasets(), renderers()] });
  const rows = await kit.get(RowSources);
  const roleColon = await kit.get(Renderers, 'role_colon');
  const options = slLoopOptions.parse({
    engine: 'fake',
    modelName: 'toy',
    rendererName: 'role_colon',
    dataset: jsonLines(newFolder(), data),
    ...settings,
  });
  const service = new FakeService({ tokenizer: byteTokenizer([]) });
  const registries = { models: registryOf({}), renderers: registryOf({ role_colon: roleColon }) };
  return await service.attempt(null, ({ run, engine }) =>
    slLoop.run(run, options as never, { engine, rows, ...registries } as never),
  );
}

testGoldenRows<TrainerRun, Expected>(
  'checkpoints_logs',
  'trainer_run',
  async ({ input, expected }) => {
    const { batch_size, save_every, max_length, max_steps } = input.config;
    expect(input.runs).toEqual([{ crash_after: null }]);
    const ours = await runLoop({
      data: input.data,
      batchSize: batch_size,
      saveEvery: save_every,
      maxLength: max_length,
      maxSteps: max_steps,
    });
    const [reference] = expected.runs as [Attempt];
    expect(ours.ended).toBe(reference.ended);
    expect(ours.calls).toEqual(reference.calls);
    expect(ours.rows).toMatchObject(reference.rows);
    // `progress/*` of ours is the runner's.
    expect(ours.metric_keys.filter(key => !key.startsWith('progress/'))).toEqual(reference.metric_keys);
    for (const [index, { model_input, ...tensors }] of expected.first_datums.entries()) {
      const { modelInput, lossFnInputs } = ours.data[0]![index]!;
      expect(inputTokens(modelInput)).toEqual(model_input);
      expect(Object.keys(lossFnInputs).toSorted()).toEqual(Object.keys(tensors).toSorted());
      for (const [name, wanted] of Object.entries(tensors)) {
        const { dtype, data: values } = lossFnInputs[name]!;
        expect(dtype).toBe(wanted.dtype);
        expect(values).toHaveLength(wanted.data.length);
        expect(wanted.data.filter((value, i) => !isClose(values[i]!, value))).toEqual([]);
      }
    }
  },
  ({ trainer }) => trainer !== 'sl_loop',
);

const conversation = {
  messages: [
    { role: 'user', content: 'u' },
    { role: 'assistant', content: 'a' },
  ],
};

testGoldenRows<{ learning_rate: number; step: number; n_batches: number }, { learning_rate: number }>(
  'schedules',
  'sl_loop_lr',
  async ({ input: { learning_rate, step, n_batches }, expected }) => {
    const { rows } = await runLoop({
      data: Array.from({ length: n_batches }, () => conversation),
      batchSize: 1,
      learningRate: learning_rate,
    });
    expect(rows).toHaveLength(n_batches);
    const rate = (rows[step]?.['learning_rate'] ?? 0) as number; // a step after the last one learns nothing
    expect(Math.abs(rate - expected.learning_rate)).toBeLessThanOrEqual(1e-9 * expected.learning_rate);
  },
);

testGoldenRows<{ rows: number; batch_size: number }, { floor: number }>(
  'schedules',
  'batch_counts',
  async ({ input: { rows, batch_size: batchSize }, expected }) => {
    const data = Array.from({ length: rows }, () => conversation);
    // Deviation: data that does not fill a batch is an error; there, a run of no steps.
    if (expected.floor === 0)
      return expect(runLoop({ data, batchSize })).rejects.toMatchObject({ code: 'DATA_TOO_FEW_ROWS' });
    // One step says how many there are: the second one's learning rate would be 1 - 1 / batches.
    const maxSteps = Math.min(2, expected.floor);
    const { rows: steps } = await runLoop({ data, batchSize, maxSteps, learningRate: 1 });
    expect(steps.at(-1)!['learning_rate']).toBeCloseTo(1 - (maxSteps - 1) / expected.floor, 9);
  },
);
