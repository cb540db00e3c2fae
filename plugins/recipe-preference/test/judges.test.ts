/** Judges: the suite of all, what an endpoint can do wrong, and reward models that are none. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  askJudge,
  type Comparison,
  definePlugin,
  Engines,
  type Judge,
  judgeBy,
  Judges,
  type JudgeSource,
  Models,
  Renderers,
  textOf,
} from '@tinsmith/core';
import engine from '@tinsmith/engine-local';
import pocket from '@tinsmith/model-pocket';
import renderers from '@tinsmith/renderers-chat';
import { createTestKit, judgeConformance } from '@tinsmith/testkit';
import { pairwiseRewards } from '@tinsmith/training';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { registryOf } from '../../../packages/training/test/fake-service.js';
import preference from '../src/index.js';
import { endpointJudge, endpointOptions } from '../src/judges/endpoint.js';
import { openRewardModel, rewardModelOptions } from '../src/judges/reward-model.js';

const answer = (content: string) => [{ role: 'assistant', content }];
const politeFirst: Comparison = {
  prompt: [{ role: 'user', content: 'What color is the apple?' }],
  completionA: answer('Of course! The apple is red. I hope this helps.'),
  completionB: answer('Red. Go away.'),
};

judgeConformance({
  plugins: () => [preference(), engine(), pocket(), renderers()],
  judge: 'shorter',
  clear: { ...politeFirst, completionA: answer('Red.') },
});

judgeConformance({
  plugins: () => [preference(), engine(), pocket(), renderers()],
  judge: 'reward-model',
  options: () => ({ engine: 'local', modelName: 'pocket-teacher' }), // it has learnt to prefer the polite answer
  clear: politeFirst,
});

/** A third party's. */
const longest = definePlugin({
  name: 'tinsmith-judge-longest',
  version: '1.0.0',
  setup({ provide }) {
    const judge = judgeBy(({ completionA, completionB }) =>
      Math.sign(textOf(completionB[0]!).length - textOf(completionA[0]!).length),
    );
    provide(Judges, 'longest', { create: (): JudgeSource => ({ specification: 'v1', create: () => judge }) });
  },
});
judgeConformance({ plugins: () => [longest()], judge: 'longest', clear: politeFirst });

interface Served {
  readonly url: string;
  close(): Promise<void>;
}

async function serve(listener: RequestListener): Promise<Served> {
  const server = createServer(listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

async function bodyOf(request: AsyncIterable<Buffer>): Promise<Record<string, { content: string }[]>> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  return JSON.parse(Buffer.concat(pieces).toString('utf8')) as Record<string, { content: string }[]>;
}

describe('over HTTP', () => {
  let polite: Served;
  beforeAll(async () => {
    polite = await serve((request, response) => {
      void bodyOf(request).then(({ completion_a, completion_b }) => {
        const score = completion_b![0]!.content.length > completion_a![0]!.content.length ? 1 : -1;
        response.end(JSON.stringify({ score }));
      });
    });
  });
  afterAll(() => polite.close());

  judgeConformance({
    plugins: () => [preference(), engine(), pocket(), renderers()],
    judge: 'endpoint',
    options: () => ({ url: polite.url }),
    clear: politeFirst,
  });
});

const judgeAt = async (listener: RequestListener, more: object = {}): Promise<Judge> => {
  const served = await serve(listener);
  onTestFinished(() => served.close());
  return endpointJudge(endpointOptions.parse({ url: served.url, ...more }));
};

test('an endpoint may answer with a label', async () => {
  const judge = await judgeAt((_, response) => response.end('{"label":"B"}'));
  expect(await askJudge(judge, politeFirst)).toEqual({ score: 1 });
});

test.each(['Both are fine.', '{"label":"C"}', '{}', ''])(
  'what an endpoint answers otherwise is no opinion, and is counted: %j',
  async said => {
    const judge = await judgeAt((_, response) => response.end(said));
    const replies = ['one', 'two'].map(content => ({
      message: { role: 'assistant', content },
      isValid: true,
    }));
    const rewards = await pairwiseRewards([], replies, comparison => askJudge(judge, comparison));
    expect(rewards.map(({ reward }) => reward)).toEqual([0, 0]);
    expect(rewards[0]!.metrics).toEqual({ win_minus_loss: 0, format: 1, judge_unreadable: 1 });
  },
);

test('a score out of range is refused', async () => {
  const judge = await judgeAt((_, response) => response.end('{"score":7}'));
  await expect(askJudge(judge, politeFirst)).rejects.toMatchObject({ code: 'JUDGE_INVALID', found: '7' });
});

test('an endpoint that fails for a moment is asked again', async () => {
  let requests = 0;
  const judge = await judgeAt((_, response) => {
    response.statusCode = ++requests < 2 ? 503 : 200;
    response.end('{"score":-1}');
  });
  expect(await askJudge(judge, politeFirst)).toEqual({ score: -1 });
  expect(requests).toBe(2);
});

test('an endpoint that dies in the middle of a group ends the group with a message of where and what to do', async () => {
  let requests = 0;
  const judge = await judgeAt(
    (_, response) => (++requests > 3 ? response.destroy() : response.end('{"score":1}')),
    { maxRetries: 0 },
  );
  const replies = ['one', 'two', 'three'].map(content => ({
    message: { role: 'assistant', content },
    isValid: true,
  }));
  const rewards = pairwiseRewards([], replies, comparison =>
    askJudge(judge, comparison, { name: 'the judge "endpoint"' }),
  );
  await expect(rewards).rejects.toMatchObject({
    code: 'JUDGE_FAILED',
    message: expect.stringContaining('the judge "endpoint"'),
    found: expect.stringContaining('JUDGE_ENDPOINT_FAILED'),
    fix: expect.stringContaining('goes on from its last checkpoint'),
    cause: expect.objectContaining({ at: expect.stringMatching(/^http:/) }),
  });
});

test('an endpoint that never answers is given up after its time', async () => {
  const judge = await judgeAt(() => {}, { timeoutSeconds: 0.1, maxRetries: 0 });
  await expect(askJudge(judge, politeFirst)).rejects.toMatchObject({ code: 'JUDGE_FAILED' });
});

test('aborted, it ends at once: while it waits for its turn, for an answer, or to ask again', async () => {
  let isFailing = false;
  const asked = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<void>();
  const judge = await judgeAt(
    (_, response) => {
      asked.resolve();
      if (isFailing) response.writeHead(503).end(failed.resolve);
    },
    { concurrency: 1, timeoutSeconds: 600 },
  );
  const ask = () => {
    const abort = new AbortController();
    const ended = askJudge(judge, politeFirst, { signal: abort.signal });
    return {
      async isAborted() {
        abort.abort(new Error('enough'));
        await expect(ended).rejects.toThrow('enough');
      },
    };
  };
  const [answering, inTurn] = [ask(), ask()];
  await asked.promise;
  await inTurn.isAborted();
  isFailing = true;
  await answering.isAborted();
  const again = ask();
  await failed.promise;
  await again.isAborted();
});

test('what an endpoint refuses is not asked again', async () => {
  let requests = 0;
  const judge = await judgeAt((_, response) => {
    requests++;
    response.statusCode = 400;
    response.end('no such model');
  });
  await expect(askJudge(judge, politeFirst)).rejects.toMatchObject({
    cause: expect.objectContaining({ found: 'status 400: no such model' }),
  });
  expect(requests).toBe(1);
});

describe('a reward model is refused before anything is trained', () => {
  let kit: Awaited<ReturnType<typeof createTestKit>>;
  beforeAll(async () => {
    kit = await createTestKit({ plugins: [preference(), engine(), pocket(), renderers()] });
  });
  afterAll(() => kit[Symbol.asyncDispose]());
  const open = async (values: object) => {
    const [local, models, chats] = await Promise.all([
      kit.get(Engines, 'local'),
      Promise.all(
        ['pocket', 'pocket-teacher'].map(async name => [name, await kit.get(Models, name)] as const),
      ),
      Promise.all(
        ['qwen3_instruct', 'qwen3'].map(async name => [name, await kit.get(Renderers, name)] as const),
      ),
    ]);
    return openRewardModel(rewardModelOptions.parse({ engine: 'local', modelName: 'pocket', ...values }), {
      engines: registryOf({ local }),
      models: registryOf(Object.fromEntries(models)),
      renderers: registryOf(Object.fromEntries(chats)),
    });
  };

  test('if its chat format begins with a frame for thoughts', async () => {
    await expect(open({ rendererName: 'qwen3', anyRenderer: true })).rejects.toMatchObject({
      code: 'REWARD_MODEL_RENDERER',
      found: expect.stringContaining('<think>'),
    });
  });

  test('if its checkpoint is one to go on training from', async () => {
    const local = await kit.get(Engines, 'local');
    const training = await local.createLoraTrainingClient({ baseModel: 'pocket', rank: 2, seed: 0 });
    const { path } = await training.saveState('state');
    await expect(open({ checkpoint: path })).rejects.toMatchObject({
      code: 'REWARD_MODEL_UNFIT',
      at: path,
      found: expect.stringContaining('a state'),
    });
  });

  test('if its tokens are those of another model', async () => {
    const local = await kit.get(Engines, 'local');
    const other = join(import.meta.dirname, '../../../fixtures/models/TinyStories-656K');
    const training = await local.createLoraTrainingClient({ baseModel: other, rank: 2, seed: 0 });
    const { path } = await training.saveWeightsForSampler('of-another-model');
    await expect(open({ checkpoint: path })).rejects.toMatchObject({
      code: 'REWARD_MODEL_UNFIT',
      found: expect.stringMatching(/TinyStories-656K.*pocket/),
    });
  });

  test('if there is no such checkpoint', async () => {
    await expect(open({ checkpoint: '/nowhere/at/all' })).rejects.toMatchObject({
      code: 'REWARD_MODEL_UNFIT',
      at: '/nowhere/at/all',
    });
  });

  test('if it answers with something else than a label', async () => {
    const local = await kit.get(Engines, 'local');
    // What follows "Preference" is trained away from the labels, as in a model that has learnt something else.
    const training = await local.createLoraTrainingClient({ baseModel: 'pocket', rank: 8, seed: 0 });
    const tokenizer = await local.getTokenizer('pocket');
    const renderer = (await kit.get(Renderers, 'qwen3_instruct')).create(tokenizer);
    const { comparisonMessages, supervisedDatum } = await import('@tinsmith/training');
    const said = [...comparisonMessages(politeFirst), ...answer('The apple is red.')];
    const datum = supervisedDatum(renderer.buildSupervisedExample(said, 'last_assistant_message'));
    for (let step = 0; step < 12; step++) {
      const pass = training.forwardBackward([datum], 'cross_entropy');
      await Promise.all([pass, training.optimStep({ learningRate: 5e-3 })]);
    }
    const { path } = await training.saveWeightsForSampler('talker');
    await expect(open({ checkpoint: path })).rejects.toMatchObject({
      code: 'REWARD_MODEL_UNFIT',
      found: expect.stringMatching(/said .*, and not A, B or Tie/),
    });
  });
});
