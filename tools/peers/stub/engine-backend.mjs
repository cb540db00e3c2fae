// Real numbers for the stub: an engine of Tinsmith behind its endpoints, so that the whole way over the protocol can be held to
// what the engine gives without it. The engine keeps the order of calls, so nothing here waits in between.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const datum = ({ tokens, inputs }) => ({
  modelInput: { chunks: [{ type: 'encoded_text', tokens }] },
  lossFnInputs: Object.fromEntries(
    Object.entries(inputs).map(([key, { values, shape }]) => [
      key,
      { data: values, dtype: values instanceof Float32Array ? 'float32' : 'int64', shape },
    ]),
  ),
});

const entry = (name, type, content) => {
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('        ', 148);
  header.write(type, 156);
  header.write('ustar\0', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
};

/** Files as a tar archive, with the folder itself as the first entry, as SkyRL has it. */
export function tarOf(files) {
  return Buffer.concat([
    ...entry('', '5', Buffer.alloc(0)),
    ...Object.entries(files).flatMap(([name, content]) => entry(name, '0', content)),
    Buffer.alloc(1024),
  ]);
}

/** @param engine an `Engine` of @tinsmith/core */
export function engineBackend(engine) {
  return {
    create: ({ base, rank, lora }) =>
      engine.createLoraTrainingClient({ baseModel: base, rank, seed: lora?.seed }),
    /** `path`: a promise of what `save` gave. */
    load: async (path, withOptimizer) =>
      withOptimizer
        ? engine.createTrainingClientFromStateWithOptimizer(await path)
        : engine.createTrainingClientFromState(await path),
    async pass(training, { data, loss_fn: loss }, forwardOnly) {
      const client = await training;
      const call = forwardOnly ? client.forward.bind(client) : client.forwardBackward.bind(client);
      const { lossFnOutputs, metrics } = await call(data.map(datum), loss);
      return {
        rows: lossFnOutputs.map(output => Float32Array.from(output.logprobs.data)),
        loss: metrics['loss:sum'],
      };
    },
    async step(training, params = {}) {
      const { metrics } = await (
        await training
      ).optimStep({
        learningRate: params.learning_rate,
        beta1: params.beta1,
        beta2: params.beta2,
        eps: params.eps,
        weightDecay: params.weight_decay,
        gradClipNorm: params.grad_clip_norm,
      });
      return metrics;
    },
    async save(training, kind, name) {
      const client = await training;
      return (kind === 'weights' ? await client.saveState(name) : await client.saveWeightsForSampler(name))
        .path;
    },
    /** The files of a checkpoint by name; `path`: a promise of what `save` gave. */
    async files(path) {
      const folder = await mkdtemp(join(tmpdir(), 'stub-'));
      try {
        const out = join(folder, 'checkpoint');
        await engine.checkpoints.download(await path, out);
        const names = await readdir(out);
        return Object.fromEntries(
          await Promise.all(names.map(async name => [name, await readFile(join(out, name))])),
        );
      } finally {
        await rm(folder, { recursive: true });
      }
    },
    snapshot: async training => (await training).saveWeightsAndGetSamplingClient(),
    sampler: async ({ base, path }) =>
      engine.createSamplingClient(path ? { modelPath: await path } : { baseModel: base }),
    async sample(sampler, b) {
      const p = b.sampling_params ?? {};
      const { sequences, promptLogprobs, topkPromptLogprobs } = await (
        await sampler
      ).sample({
        prompt: b.prompt,
        numSamples: b.num_samples ?? 1,
        samplingParams: {
          maxTokens: p.max_tokens,
          seed: p.seed,
          stop: p.stop,
          temperature: p.temperature,
          topK: p.top_k,
          topP: p.top_p,
        },
        includePromptLogprobs: b.prompt_logprobs,
        topkPromptLogprobs: b.topk_prompt_logprobs,
      });
      return {
        type: 'sample',
        sequences: sequences.map(s => ({
          stop_reason: s.stopReason,
          tokens: s.tokens,
          logprobs: s.logprobs,
        })),
        prompt_logprobs: promptLogprobs ?? null,
        topk_prompt_logprobs: topkPromptLogprobs ?? null,
      };
    },
  };
}
