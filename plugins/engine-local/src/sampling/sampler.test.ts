import { hash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { openFrozen, withAdapter } from '../../test/policies.js';
import { stories260K, tokensOf } from '../../test/support.js';
import type { Policy } from '../worker/policy.js';
import { Turns } from '../worker/turns.js';
import { type SampleJob, Sampler } from './sampler.js';
import { rowBytes, type SamplingRoom } from './sampling-room.js';

let policy: Policy;
let adapted: Policy;
beforeAll(() => {
  policy = openFrozen(stories260K);
  adapted = withAdapter(policy);
});

function open(room: Partial<SamplingRoom> = {}): { readonly sampler: Sampler; readonly turns: Turns } {
  const turns = new Turns();
  const all = { rows: 2 ** 30, prompts: 2 ** 28, ...room };
  return { sampler: new Sampler({ takeTurn: work => turns.take(work), room: () => all }), turns };
}

interface JobOptions {
  readonly prompt?: readonly number[];
  readonly seed?: number;
  readonly isCancelled?: () => boolean;
}

function job(numSamples: number, maxTokens: number, given: JobOptions = {}): SampleJob {
  const { prompt = [1, 403, 407], seed = 1, isCancelled = () => false } = given;
  return {
    prompt: Int32Array.from(prompt),
    numSamples,
    maxTokens: 512,
    isCancelled,
    options: {
      maxTokens,
      seed: BigInt(seed),
      stopTokens: [],
      stopStrings: [],
      temperature: 1,
      topK: 0,
      topP: 1,
    },
  };
}

/** A difference of so many numbers would take long to print. */
const digest = (of: unknown) => hash('sha256', JSON.stringify(of));

const lengthsOf = async (samples: Promise<readonly { readonly tokens: readonly number[] }[]>) =>
  (await samples).map(({ tokens }) => tokens.length);

describe('requests', () => {
  test('that come while others are being sampled join them, and leave before them', async () => {
    const { sampler } = open();
    const finished: string[] = [];
    const long = sampler.sample(policy, job(2, 100)).then(() => finished.push('long'));
    await new Promise(resolve => setTimeout(resolve, 20));
    const short = sampler.sample(policy, job(2, 3, { seed: 7 })).then(() => finished.push('short'));
    await Promise.all([long, short]);
    expect(finished).toEqual(['short', 'long']);
  });

  test('give the same tokens and log-probabilities alone and in any company', async () => {
    const requests = Array.from({ length: 24 }, (_, i) => ({
      of: i % 3 === 2 ? adapted : policy,
      job: job(1 + (i % 4), 1 + ((i * 5) % 30), { prompt: tokensOf(i % 5, 3 + 9 * (i % 5)), seed: i }),
    }));
    const { sampler } = open();
    const together = await Promise.all(requests.map(({ of, job: one }) => sampler.sample(of, one)));
    const apart = await Promise.all(
      requests.map(async ({ of, job: one }, i) => {
        await new Promise(resolve => setTimeout(resolve, (i * 7) % 40));
        return sampler.sample(of, one);
      }),
    );
    const alone = [];
    for (const { of, job: one } of requests.toReversed())
      alone.unshift(await open({ prompts: 0 }).sampler.sample(of, one));
    expect(apart).toEqual(together);
    expect(alone).toEqual(together);
  });

  test('two thousand at once all come, each as long as asked, and a turn in between is not kept waiting', async () => {
    const { sampler, turns } = open();
    let done = 0;
    const all = Array.from({ length: 2000 }, (_, i) =>
      sampler
        .sample(policy, job(1, 1 + (i % 3), { prompt: tokensOf(i % 50, 4), seed: i }))
        .finally(() => done++),
    );
    await new Promise(resolve => setTimeout(resolve, 50));
    await turns.take(() => undefined);
    expect(done).toBeLessThan(2000);
    const samples = await Promise.all(all);
    expect(samples.map(([sample]) => sample!.tokens.length)).toEqual(all.map((_, i) => 1 + (i % 3)));
  });

  test('more samples than there is room for come in turn, the first ones first', async () => {
    const { sampler } = open({ rows: rowBytes(policy.config, { promptLength: 3, mostTokens: 9 }) }); // room for one at a time
    const finished: number[] = [];
    const jobs = [job(2, 4), job(1, 9), job(3, 2)];
    await Promise.all(jobs.map((one, i) => sampler.sample(policy, one).then(() => finished.push(i))));
    expect(finished).toEqual([0, 1, 2]);
  });

  test('of which one alone has no room are refused with what would fit, and others go on', async () => {
    const { sampler } = open({ rows: rowBytes(policy.config, { promptLength: 3, mostTokens: 96 }) });
    await expect(sampler.sample(policy, job(1, 97))).rejects.toMatchObject({
      code: 'MEMORY_BUDGET',
      fix: expect.stringMatching(/by 1 MiB, or set maxTokens to at most 96$/),
    });
    expect(await lengthsOf(sampler.sample(policy, job(1, 96)))).toEqual([96]);
  });
});

describe('a cancelled request', () => {
  test('stops between two steps, and the others go on', async () => {
    const { sampler } = open();
    let questions = 0;
    const cancelled = sampler.sample(policy, job(2, 200, { isCancelled: () => ++questions > 20 }));
    const kept = sampler.sample(policy, job(3, 30));
    for (const { tokens } of await cancelled) expect(tokens.length).toBeLessThan(30);
    expect(await lengthsOf(kept)).toEqual([30, 30, 30]);
  });

  test('that has not begun samples nothing', async () => {
    const { sampler } = open();
    const cancelled = sampler.sample(policy, job(2, 5, { isCancelled: () => true }));
    const kept = sampler.sample(policy, job(1, 5));
    expect(await lengthsOf(cancelled)).toEqual([0, 0]);
    expect(await lengthsOf(kept)).toEqual([5]);
  });
});

test('a request that fails takes no other with it', async () => {
  const { sampler } = open();
  const failing = job(2, 20);
  const stop = {
    ...failing,
    options: { ...failing.options, stopStrings: ['x'] },
    decode: (tokens: readonly number[]) => {
      if (tokens.length === 4) throw new Error('cannot decode');
      return '';
    },
  };
  const kept = sampler.sample(policy, job(2, 20));
  await expect(sampler.sample(policy, stop)).rejects.toThrow('cannot decode');
  expect(await lengthsOf(kept)).toEqual([20, 20]);
});

test('a conversation that goes on finds its beginning known, and is sampled as one that does not', async () => {
  const { sampler } = open();
  const fresh = open({ prompts: 0 }).sampler;
  let prompt = tokensOf(2, 40);
  for (let turn = 0; turn < 4; turn++) {
    const next = job(3, 12, { prompt, seed: turn });
    const samples = await sampler.sample(policy, next);
    expect(digest(samples)).toBe(digest(await fresh.sample(policy, next)));
    prompt = [...prompt, ...samples[0]!.tokens, ...tokensOf(turn, 9)];
  }
  expect(sampler.promptCacheBytes).toBeGreaterThan(0);
  expect(fresh.promptCacheBytes).toBe(0);
});
