/**
 * Our side of a comparison, on SmolLM2-135M's weights: prints `{"ready":true}` when warm, then does one round per line on stdin
 * and prints its figures (see alternate.mjs).
 *
 *   train    forward and backward of `--batch` rows of `--sequence` tokens, LoRA on all linears of the layers, every position scored
 *   prefill  a new prompt of `--context` tokens per step, by way of a request for one token
 *   decode   one token per row and step at `--context` positions on average, cache filled, tokens drawn and written back;
 *            `--samples` rows share each prompt, whose length is `--context` less `--tail`
 */
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { float32, int64, modelInput } from '@tinsmith/core';
import { LocalEngine } from '../../plugins/engine-local/src/engine.ts';
import { loraTargets } from '../../plugins/engine-local/src/model/index.ts';
import { createRandom } from '../../plugins/engine-local/src/random.ts';
import { Decoder } from '../../plugins/engine-local/src/sampling/decoder.ts';
import { drawToken } from '../../plugins/engine-local/src/sampling/distribution.ts';
import { prefillSome } from '../../plugins/engine-local/src/sampling/prefill.ts';
import { PromptCache } from '../../plugins/engine-local/src/sampling/prompt-cache.ts';
import { startingFactors } from '../../plugins/engine-local/src/training/starting-weights.ts';
import { describeModel, readWeights } from '../../plugins/engine-local/src/weights/model-source.ts';
import { GraphSessions } from '../../plugins/engine-local/src/worker/graph-sessions.ts';
import { createGate } from '../../plugins/engine-local/src/worker/native-gate.ts';
import { freezeBase, makePolicy, wrapTensors } from '../../plugins/engine-local/src/worker/policy.ts';
import { smollm2 } from './programs.mjs';

const { values } = parseArgs({
  options: {
    what: { type: 'string' },
    threads: { type: 'string', default: '2' },
    batch: { type: 'string', default: '1' },
    sequence: { type: 'string', default: '256' },
    context: { type: 'string', default: '256' },
    steps: { type: 'string', default: '1' },
    rank: { type: 'string', default: '0' },
    samples: { type: 'string', default: '1' },
    tail: { type: 'string' },
    decoding: { type: 'string', default: 'float32' },
  },
});
const number = name => Number(values[name]);
const [threads, batch, sequence, context] = [
  number('threads'),
  number('batch'),
  number('sequence'),
  number('context'),
];
const [steps, rank, samples] = [number('steps'), number('rank'), number('samples')];

let state = 1;
/** Repeatable tokens, past the special ones. */
const token = () => 100 + ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % 49_000);
const tokens = count => Array.from({ length: count }, token);

const plainDraw = { temperature: 1, topK: 0, topP: 1 };

const works = {
  async train() {
    const engine = new LocalEngine({ threads });
    const training = await engine.createLoraTrainingClient({
      baseModel: smollm2,
      rank: 16,
      seed: 1,
      trainUnembed: false,
    });
    const data = Array.from({ length: batch }, () => ({
      modelInput: modelInput(tokens(sequence)),
      lossFnInputs: {
        target_tokens: int64(tokens(sequence)),
        weights: float32(Array.from({ length: sequence }, () => 1)),
      },
    }));
    return { tokens: batch * sequence, step: () => training.forwardBackward(data, 'cross_entropy') };
  },

  async prefill() {
    const engine = new LocalEngine({ threads });
    const client = await engine.createSamplingClient({ baseModel: smollm2 });
    const step = () =>
      client.sample({
        prompt: modelInput(tokens(context)),
        numSamples: 1,
        samplingParams: { maxTokens: 1, seed: 1, stop: [] },
      });
    return { tokens: context, step };
  },

  /** The engine's decoder without the scheduling around it, so that rows stand at a chosen position. */
  async decode() {
    const { config } = describeModel(smollm2);
    const plain = {
      config,
      lora: undefined,
      tensors: wrapTensors(readWeights(smollm2, config)),
      graphs: new GraphSessions(threads, createGate()),
    };
    const base = freezeBase(plain, values.decoding);
    const targets = loraTargets.filter(target => target !== 'lm_head');
    const lora = rank > 0 ? { rank, alpha: 32, targets } : undefined;
    const policy = lora ? makePolicy(base, lora, startingFactors(config, lora, 1)) : base;

    const tail = Number(values.tail ?? steps / 2);
    const prompt = Int32Array.from(tokens(context - tail));
    const [filled] = (await prefillSome(policy, [prompt], new PromptCache(0))).values();
    const random = createRandom(1);
    const rows = Array.from({ length: batch }, () => ({
      token: token(),
      promptLength: prompt.length,
      mostTokens: 1024,
    }));
    let decoder;
    let decoded = Infinity;
    const step = async () => {
      const predicted = await decoder.step(row => row.token);
      for (const row of rows) row.token = drawToken(predicted(row), plainDraw, random).token;
      decoded++;
    };
    /** Rounds start again from the prompt when they would be more than half as far again as the tail. */
    const reset = async () => {
      if (decoded + steps <= Math.max(steps, 1.5 * tail)) return;
      decoder = new Decoder(policy);
      rows.forEach((row, index) => {
        row.token = token();
        decoder.add(row, String(Math.floor(index / samples)), filled.keyValues);
      });
      decoded = 0;
      const warm = values.tail ? tail / 2 : 0;
      for (let i = 0; i < warm; i++) await step();
    };
    await reset();
    return { tokens: batch, step, reset };
  },
};

const work = await works[values.what]();
for (let i = 0; i < 2; i++) await work.step();
await work.reset?.();
console.log('{"ready":true}');

for await (const _ of createInterface({ input: process.stdin })) {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  for (let i = 0; i < steps; i++) await work.step();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await work.reset?.();
  const done = work.tokens * steps;
  const cpuSeconds = (user + system) / 1e6;
  console.log(
    JSON.stringify({
      tokens: done,
      seconds,
      cpu_seconds: cpuSeconds,
      tok_per_s: done / seconds,
      tok_per_cpu_s: done / cpuSeconds,
      peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    }),
  );
}
process.exit(0);
