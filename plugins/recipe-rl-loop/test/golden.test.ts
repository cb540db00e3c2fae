/** The loop against what the reference's asks of the service, with its renderer and its prompts. */
import { inputTokens, Renderers, RowSources, type SamplingClient, type Tokenizer } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import renderers from '@tinsmith/renderers-chat';
import { createTestKit } from '@tinsmith/testkit';
import { expect } from 'vitest';
import { byteTokenizer } from '../../../packages/testkit/src/byte-tokenizer.js';
import { type Attempt, FakeService, registryOf } from '../../../packages/training/test/fake-service.js';
import { isClose, testGoldenRows } from '../../../packages/training/test/golden.js';
import { rlLoopOptions } from '../src/options.js';
import { rlLoop } from '../src/rl-loop.js';
import { jsonLines, newFolder } from './rows.js';

interface TrainerRun {
  readonly trainer: string;
  readonly config: Readonly<Record<string, number>>;
  readonly runs: readonly {
    readonly crash_after: number | null;
    readonly overrides?: Readonly<Record<string, number>>;
  }[];
  readonly data: readonly object[];
}
type Tensor = { readonly data: number[]; readonly dtype: string };
interface Expected {
  readonly runs: readonly Attempt[];
  readonly first_datums: readonly ({ readonly model_input: number[] } & Record<string, Tensor>)[];
}

testGoldenRows<TrainerRun, Expected>(
  'checkpoints_logs',
  'trainer_run',
  async ({ input, expected }) => {
    await using kit = await createTestKit({ plugins: [datasets(), renderers()] });
    const rows = await kit.get(RowSources);
    const roleColon = await kit.get(Renderers, 'role_colon');
    const tokenizer = byteTokenizer([]);
    const service = new FakeService({ sampler: new Alternating(tokenizer), tokenizer });
    const dataset = jsonLines(newFolder(), input.data);

    for (const [index, { crash_after, overrides }] of input.runs.entries()) {
      const options = rlLoopOptions.parse({
        engine: 'fake',
        modelName: 'toy',
        rendererName: 'role_colon',
        dataset,
        datasetConfig: null,
        ...camelCased({ ...input.config, ...overrides }),
      });
      const ours = await service.attempt(crash_after, ({ run, engine }) =>
        rlLoop.run(
          run,
          options as never,
          {
            engine,
            rows,
            models: registryOf({}),
            renderers: registryOf({ role_colon: roleColon }),
          } as never,
        ),
      );
      compare(ours, expected.runs[index]!, options.maxSteps);
      if (index === 0) compareData(ours, expected);
      // Deviation: a run that maxSteps ended goes on when it gets more; the reference's final row claims all batches.
      if (input.runs[index + 1]?.overrides) return;
    }
  },
  ({ trainer }) => trainer !== 'rl_loop',
);

const isOf = (names: readonly string[]) => (call: Attempt['calls'][number]) =>
  names.includes(String(call[0]));

/** Without the number of updates, which the reference counts per process. */
const asked = (calls: Attempt['calls']) => calls.map(call => call.slice(0, 3));

function compare(ours: Attempt, expected: Attempt, maxSteps: number | undefined) {
  expect(ours.ended).toBe(expected.ended);
  const training = isOf(['create_training', 'forward_backward', 'optim_step']);
  expect(ours.calls.filter(training)).toEqual(expected.calls.filter(training));
  // Deviation: the reference saves what it has just loaded once more when it goes on.
  const saves = isOf(['save_state', 'save_weights_for_sampler']);
  const isResumed = expected.calls[0]![1] === 'with_optimizer';
  const wanted = expected.calls.filter(saves).slice(isResumed ? 1 : 0);
  expect(asked(ours.calls.filter(saves))).toEqual(asked(wanted));

  // Deviation: ours also measures the mismatch of sampler and trainer.
  const added = /^optim\/kl_sample_train_v[12]$/;
  expect(ours.metric_keys.filter(key => !added.test(key))).toEqual(expected.metric_keys);
  // Deviation: the share that is done is of the steps that will be made; the reference's is of the data set.
  const rows = expected.rows.map(({ 'progress/done_frac': share, ...row }) =>
    maxSteps === undefined ? { 'progress/done_frac': share, ...row } : row,
  );
  expect(ours.rows).toMatchObject(rows);
}

/** Prompts, targets and advantages of the first two datums. */
function compareData({ data }: Attempt, { first_datums }: Expected) {
  for (const [index, { model_input, ...tensors }] of first_datums.entries()) {
    const { modelInput, lossFnInputs } = data[0]![index]!;
    expect(inputTokens(modelInput)).toEqual(model_input);
    expect(Object.keys(lossFnInputs).toSorted()).toEqual(Object.keys(tensors).toSorted());
    for (const [name, wanted] of Object.entries(tensors)) {
      const { dtype, data: values } = lossFnInputs[name]!;
      expect(dtype).toBe(wanted.dtype);
      expect(values).toHaveLength(wanted.data.length);
      expect(wanted.data.filter((value, i) => !isClose(values[i]!, value))).toEqual([]);
    }
  }
}

/** Answers with \boxed{6} and \boxed{5} in turn, each with the stop text of the renderer. */
class Alternating implements SamplingClient {
  readonly #tokenizer: Tokenizer;
  #samples = 0;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  async sample({ numSamples }: { readonly numSamples: number }) {
    const sequences = Array.from({ length: numSamples }, () => {
      const tokens = this.#tokenizer.encode(`\\boxed{${this.#samples++ % 2 === 0 ? 6 : 5}}\n\nUser:`);
      return { tokens, logprobs: tokens.map(() => -0.25), stopReason: 'stop' as const };
    });
    return { sequences };
  }

  computeLogprobs(): Promise<never> {
    throw new Error('the loop only samples');
  }
}

const camelCased = (config: Readonly<Record<string, number>>) =>
  Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
