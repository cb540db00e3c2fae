// Real numbers for the stub: an engine of Tinsmith behind its endpoints, so that the whole way over the protocol can be held to
// what the engine gives without it. The engine keeps the order of calls, so nothing here waits in between.

const datum = ({ tokens, inputs }) => ({
  modelInput: { chunks: [{ type: 'encoded_text', tokens }] },
  lossFnInputs: Object.fromEntries(
    Object.entries(inputs).map(([key, { values, shape }]) => [
      key,
      { data: values, dtype: values instanceof Float32Array ? 'float32' : 'int64', shape },
    ]),
  ),
});

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
