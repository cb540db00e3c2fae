import { modelInput, type SampleRequest, type SamplingParams } from '@tinsmith/core';
import { describe, expect, test } from 'vitest';
import { openEngine, stories260K, story, tinyStories, tokensOf } from './support.js';

const prompt = modelInput(story);
const request = (samplingParams: SamplingParams, numSamples = 1): SampleRequest => ({
  prompt,
  numSamples,
  samplingParams: { maxTokens: 12, stop: [], seed: 5, ...samplingParams },
});
const open = () => openEngine().createSamplingClient({ baseModel: tinyStories });

test('a seed repeats a request, and sample i of a request uses seed + i', async () => {
  const client = await open();
  const together = await client.sample(request({}, 3));
  expect(await client.sample(request({}, 3))).toEqual(together);
  const apart = await Promise.all([5, 6, 7].map(seed => client.sample(request({ seed }))));
  expect(apart.flatMap(({ sequences }) => sequences)).toEqual(together.sequences);
});

test('without a seed requests differ', async () => {
  const client = await open();
  const { seed: _, ...params } = request({}).samplingParams;
  const free = { ...request({}), samplingParams: params };
  const responses = await Promise.all([client.sample(free), client.sample(free), client.sample(free)]);
  expect(new Set(responses.map(({ sequences }) => sequences[0]!.tokens.join())).size).toBeGreaterThan(1);
});

test('samples of many lengths, more than fit at once, come back in their order and as if alone', async () => {
  const client = await open();
  const requests = Array.from({ length: 150 }, (_, row) => ({
    prompt: modelInput(tokensOf(row % 40, 3 + (row % 40))),
    numSamples: 1,
    samplingParams: { temperature: 0, maxTokens: 1 + ((row * 7) % 23), stop: [] },
  }));
  const together = await Promise.all(requests.map(one => client.sample(one)));
  for (const row of [0, 1, 77, 149]) {
    const alone = await client.sample(requests[row]!);
    expect(together[row]!.sequences[0]!.tokens).toEqual(alone.sequences[0]!.tokens);
  }
  expect(together.map(({ sequences }) => sequences[0]!.tokens.length)).toEqual(
    requests.map(({ samplingParams }) => samplingParams.maxTokens),
  );
});

test('log-probabilities are those of scoring, whatever the filters', async () => {
  const client = await open();
  for (const params of [{}, { temperature: 0.5 }, { temperature: 2, topK: 5 }, { topP: 0.5 }]) {
    const { sequences } = await client.sample(request(params));
    const { tokens, logprobs } = sequences[0]!;
    const scored = await client.computeLogprobs(modelInput([...story, ...tokens]));
    logprobs.forEach((logprob, i) =>
      expect(Math.abs(logprob - scored[story.length + i]!)).toBeLessThan(1e-4),
    );
  }
});

test('what is scored together, more than one turn of it, comes in order and is the same to the last bit each time', async () => {
  const client = await open();
  const sequences = Array.from({ length: 80 }, (_, row) => modelInput(tokensOf(row, 20 + ((row * 37) % 90))));
  const score = () => Promise.all(sequences.map(sequence => client.computeLogprobs(sequence)));
  const first = await score();
  for (let i = 0; i < 3; i++) expect(await score()).toEqual(first);
  for (const row of [0, 41, 79]) {
    const alone = await client.computeLogprobs(sequences[row]!);
    expect(alone).toHaveLength(first[row]!.length);
    alone
      .slice(1)
      .forEach((logprob, t) => expect(Math.abs(logprob! - first[row]![t + 1]!)).toBeLessThan(1e-4));
  }
});

test('20,000 draws agree with the exact probabilities, of the first token and of one that is decoded', async () => {
  const client = await openEngine().createSamplingClient({ baseModel: stories260K });
  const start = [1];
  const params = { temperature: 3, topK: 12, topP: 0.95, stop: [] };
  const draw = async (numSamples: number, maxTokens: number) => {
    const samplingParams = { ...params, maxTokens, seed: 11 };
    return (await client.sample({ prompt: modelInput(start), numSamples, samplingParams })).sequences;
  };
  const check = async (context: readonly number[], drawn: readonly number[]) => {
    const { probabilities } = await client.nextTokenDistribution(modelInput(context), params);
    const counts = new Float64Array(probabilities.length);
    for (const token of drawn) counts[token]!++;
    let [statistic, degrees] = [0, -1];
    probabilities.forEach((p, token) => {
      if (p === 0) return expect(counts[token]).toBe(0);
      statistic += (counts[token]! - p * drawn.length) ** 2 / (p * drawn.length);
      degrees++;
    });
    // Wilson and Hilferty: the cube root is nearly normal. 3.7 standard deviations have a probability of 1e-4.
    const spread = 2 / (9 * Math.max(1, degrees));
    expect(statistic).toBeLessThan(Math.max(1, degrees) * (1 - spread + 3.7 * Math.sqrt(spread)) ** 3);
    return degrees;
  };
  const first = (await draw(20_000, 1)).map(({ tokens }) => tokens[0]!);
  expect(await check(start, first)).toBeGreaterThan(1);
  const second = Map.groupBy(await draw(4000, 2), ({ tokens }) => tokens[0]!);
  const [token, ofIt] = [...second].reduce((most, other) =>
    other[1].length > most[1].length ? other : most,
  );
  expect(
    await check(
      [...start, token],
      ofIt.map(({ tokens }) => tokens[1]!),
    ),
  ).toBeGreaterThan(1);
});

describe('stopping', () => {
  test('at the end token of the model when nothing else is said, at nothing for an empty list', async () => {
    const client = await open();
    const greedy = { temperature: 0, maxTokens: 150 };
    const ended = await client.sample({ prompt, numSamples: 1, samplingParams: greedy });
    expect(ended.sequences[0]).toMatchObject({ stopReason: 'stop' });
    expect(ended.sequences[0]!.tokens.at(-1)).toBe(2);
    const endless = await client.sample({ prompt, numSamples: 1, samplingParams: { ...greedy, stop: [] } });
    expect(endless.sequences[0]).toMatchObject({ stopReason: 'length' });
    expect(endless.sequences[0]!.tokens).toHaveLength(150);
  });

  test('at a string, with the token that completes it as the last one', async () => {
    const engine = openEngine();
    const client = await engine.createSamplingClient({ baseModel: tinyStories });
    const tokenizer = await engine.getTokenizer(tinyStories);
    const stopped = await client.sample(
      request({ temperature: 0, maxTokens: 60, stop: ['One day', 'never'] }),
    );
    const { tokens, stopReason } = stopped.sequences[0]!;
    expect(stopReason).toBe('stop');
    expect(tokenizer.decode(tokens)).toContain('One day');
    expect(tokenizer.decode(tokens.slice(0, -1))).not.toContain('One day');
  });
});

test('prompt log-probabilities and the most likely tokens agree with computeLogprobs', async () => {
  const client = await open();
  const response = await client.sample({
    ...request({}),
    includePromptLogprobs: true,
    topkPromptLogprobs: 3,
  });
  const alone = await client.computeLogprobs(prompt);
  response.promptLogprobs!.forEach((logprob, i) =>
    expect(Math.abs((logprob ?? 0) - (alone[i] ?? 0))).toBeLessThan(1e-5),
  );
  expect(response.topkPromptLogprobs![0]).toBeNull();
  for (const row of response.topkPromptLogprobs!.slice(1)) {
    expect(row).toHaveLength(3);
    expect(row!.map(([, logprob]) => logprob)).toEqual(
      row!.map(([, logprob]) => logprob).toSorted((a, b) => b - a),
    );
  }
  const plain = await client.sample(request({}));
  expect(plain).not.toHaveProperty('promptLogprobs');
});

test('decoding in eight bits reports log-probabilities of what it draws from, a little beside those that training computes', async () => {
  const client = await openEngine({ decoding: 'int8' }).createSamplingClient({ baseModel: tinyStories });
  const { sequences } = await client.sample(request({ maxTokens: 40 }, 8));
  const differences = await Promise.all(
    sequences.map(async ({ tokens, logprobs }) => {
      const scored = await client.computeLogprobs(modelInput([...story, ...tokens]));
      return logprobs.slice(1).map((logprob, i) => Math.abs(logprob - scored[story.length + 1 + i]!));
    }),
  );
  const mean = differences.flat().reduce((sum, difference) => sum + difference) / differences.flat().length;
  expect(mean).toBeGreaterThan(1e-4);
  expect(mean).toBeLessThan(0.1);
  expect(() => openEngine({ decoding: 'int4' as 'int8' })).toThrow(
    expect.objectContaining({ code: 'ENGINE_OPTIONS' }),
  );
});

describe('aborting', () => {
  test('rejects at once with the reason of the signal, and the engine goes on', async () => {
    const client = await open();
    const abort = new AbortController();
    const long = client.sample({ ...request({ maxTokens: 500 }, 100), signal: abort.signal });
    setTimeout(() => abort.abort(new Error('enough')), 30);
    await expect(long).rejects.toThrow('enough');
    expect((await client.sample(request({}))).sequences[0]!.tokens).toHaveLength(12);
  });

  test('before the call, or in the same tick, sends nothing', async () => {
    const client = await open();
    const abort = new AbortController();
    const late = client.sample({ ...request({}), signal: abort.signal });
    const kept = client.sample(request({}));
    abort.abort(new Error('no'));
    await expect(late).rejects.toThrow('no');
    await expect(client.sample({ ...request({}), signal: abort.signal })).rejects.toThrow('no');
    expect((await kept).sequences).toHaveLength(1);
  });

  test('of one request leaves the others of its batch alone', async () => {
    const client = await open();
    const abort = new AbortController();
    const aborted = client.sample({ ...request({ maxTokens: 400 }, 4), signal: abort.signal });
    const kept = client.sample(request({ temperature: 0, maxTokens: 200 }));
    setTimeout(() => abort.abort(new Error('enough')), 30);
    await expect(aborted).rejects.toThrow('enough');
    expect((await kept).sequences[0]!.tokens).toHaveLength(200);
  });
});

describe('is refused, and the engine goes on:', () => {
  test.each<[string, string, Partial<SampleRequest>]>([
    ['INPUT_EMPTY', 'an empty prompt', { prompt: modelInput([]) }],
    ['TOKEN_OUT_OF_RANGE', 'a token beyond the vocabulary', { prompt: modelInput([1, 2048]) }],
    ['SEQUENCE_TOO_LONG', 'a prompt that fills the context', { prompt: modelInput(tokensOf(1, 512)) }],
    ['SEQUENCE_TOO_LONG', 'a prompt beyond the context', { prompt: modelInput(tokensOf(1, 513)) }],
    ['SAMPLING_PARAMS', 'no sample', { numSamples: 0 }],
    ['SAMPLING_PARAMS', 'a negative temperature', { samplingParams: { temperature: -1 } }],
    ['SAMPLING_PARAMS', 'a temperature that is no number', { samplingParams: { temperature: NaN } }],
    ['SAMPLING_PARAMS', 'half a token', { samplingParams: { maxTokens: 1.5 } }],
    [
      'SAMPLING_PARAMS',
      'strings and ids together',
      { samplingParams: { stop: ['a', 1] as unknown as string[] } },
    ],
    ['SAMPLING_PARAMS', 'an empty stop string', { samplingParams: { stop: '' } }],
    ['SAMPLING_PARAMS', 'a stop token beyond the vocabulary', { samplingParams: { stop: [2048] } }],
    ['SAMPLING_PARAMS', 'a seed that is no integer', { samplingParams: { seed: 0.5 } }],
  ])('%s, %s', async (code, _, wrong) => {
    const client = await open();
    await expect(client.sample({ ...request({}), ...wrong })).rejects.toMatchObject({ code });
    expect((await client.sample(request({}))).sequences).toHaveLength(1);
  });
});
