/** What every environment must do: the same problems when asked again, full reward for the right answer. */
import {
  type ConfiguredPlugin,
  type Env,
  type EnvGroupBuilder,
  Environments,
  inputTokens,
  type Renderer,
  Renderers,
  type RlDataset,
} from '@tinsmith/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestKit, type TestKit } from '../kit.js';
import { toyTokenizer } from '../toy-tokenizer.js';

export interface EnvironmentUnderTest {
  /** The environment's plugin, and one that provides the renderer. */
  readonly plugins: readonly ConfiguredPlugin[];
  readonly environment: string;
  /** Works with the toy tokenizer, e.g. `qwen3_instruct` of @tinsmith/renderers-chat. */
  readonly renderer: string;
  /** As given in `envOptions`. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** The right answer to a prompt as the model sees it. */
  readonly solve: (prompt: string) => string;
  /** What the right answer earns in one turn; default 1. */
  readonly fullReward?: number;
}

const GROUP_SIZE = 3;
const GROUPS_PER_BATCH = 4;

/** Declares the tests of an environment of single turns. */
export function environmentConformance(subject: EnvironmentUnderTest): void {
  const { fullReward = 1 } = subject;

  describe(`${subject.environment} is an environment`, () => {
    let kit: TestKit;
    let renderer: Renderer;
    let dataset: RlDataset;
    const open = async () => {
      const environment = await kit.get(Environments, subject.environment);
      const parsed = await environment.options?.['~standard'].validate(subject.options ?? {});
      if (parsed?.issues) throw new Error(`the options are refused: ${parsed.issues[0]?.message}`);
      const options = parsed && 'value' in parsed ? parsed.value : undefined;
      const created = await environment.createDataset({
        renderer,
        tokenizer: toyTokenizer,
        groupSize: GROUP_SIZE,
        groupsPerBatch: GROUPS_PER_BATCH,
        seed: 0,
        options,
      });
      return created.train;
    };
    beforeAll(async () => {
      kit = await createTestKit({ plugins: subject.plugins });
      renderer = (await kit.get(Renderers, subject.renderer)).create(toyTokenizer);
      dataset = await open();
    });
    afterAll(() => kit[Symbol.asyncDispose]());

    test('has batches, each of at most the size that was asked for', async () => {
      expect(dataset.length).toBeGreaterThan(0);
      for (const index of new Set([0, dataset.length - 1])) {
        const batch = await dataset.getBatch(index);
        expect(batch.length).toBeGreaterThan(0);
        expect(batch.length).toBeLessThanOrEqual(GROUPS_PER_BATCH);
      }
    });

    test('gives the same problems for an index whenever asked, in whatever order', async () => {
      const last = dataset.length - 1;
      const expected = [await prompts(dataset, 0), await prompts(dataset, last)];
      const again = await open();
      expect([await prompts(again, last), await prompts(again, 0)]).toEqual(expected.toReversed());
    });

    test('the members of a group start from the same problem', async () => {
      for (const group of await dataset.getBatch(0)) {
        const envs = await group.makeEnvs();
        expect(envs).toHaveLength(GROUP_SIZE);
        expect(new Set(await Promise.all(envs.map(promptOf))).size).toBe(1);
      }
    });

    test('the right answer earns the full reward, another one less, and every reward is a number', async () => {
      for (const group of await dataset.getBatch(0)) {
        const [right, wrong, cutOff] = await group.makeEnvs();
        const answer = subject.solve(await promptOf(right!));
        const end = stopTokens(renderer);
        expect(await answered(right!, [...toyTokenizer.encode(answer), ...end])).toBe(fullReward);
        expect(await answered(wrong!, [...toyTokenizer.encode('no idea'), ...end])).toBeLessThan(fullReward);
        expect(Number.isFinite(await answered(cutOff!, toyTokenizer.encode('no')))).toBe(true);
      }
    });
  });
}

async function prompts(dataset: RlDataset, index: number): Promise<string[]> {
  const batch: readonly EnvGroupBuilder[] = await dataset.getBatch(index);
  return Promise.all(batch.map(async group => promptOf((await group.makeEnvs())[0]!)));
}

async function promptOf(env: Env): Promise<string> {
  const { input } = await env.initialObservation();
  return toyTokenizer.decode(inputTokens(input));
}

async function answered(env: Env, tokens: readonly number[]): Promise<number> {
  await env.initialObservation();
  const { reward } = await env.step({ tokens, logprobs: tokens.map(() => -1), stopReason: 'stop' });
  return reward;
}

function stopTokens({ stopSequences }: Renderer): readonly number[] {
  const [first] = stopSequences;
  return typeof first === 'string' ? toyTokenizer.encode(first) : first === undefined ? [] : [first];
}
