/** Supervised training on texts, one per step. It leaves out batches, packing and a learning-rate schedule. */
import { type Datum, DataAssembled, defineRecipe, Engines, float32, int64, modelInput } from '@tinsmith/core';
import { z } from 'zod';

export const {{camel}} = defineRecipe({
  uses: { engine: Engines },
  options: z.strictObject({
    engine: z.string(),
    modelName: z.string(),
    texts: z.array(z.string().min(2)).min(1),
    maxSteps: z.int().positive().default(20),
    learningRate: z.number().positive().default(1e-3),
    loraRank: z.int().positive().default(8),
    saveEvery: z.int().positive().default(10),
  }),

  async run(run, options, { engine }) {
    const { modelName, texts, maxSteps, learningRate, loraRank, saveEvery } = options;
    const tokenizer = await engine.getTokenizer(modelName);
    const start = run.checkpoints.last?.batch ?? 0;
    if (start >= maxSteps) return run.log('already complete');
    run.plan(maxSteps);

    const state = run.checkpoints.last?.state_path;
    const training = await (state === undefined
      ? engine.createLoraTrainingClient({ baseModel: modelName, rank: loraRank, seed: run.seed })
      : engine.createTrainingClientFromStateWithOptimizer(state));

    for (let step = start; step < maxSteps; step++) {
      const goOn = await run.step(step, async () => {
        const text = texts[(step + run.seed) % texts.length]!;
        const data = await run.hooks.transform(DataAssembled, [example(tokenizer.encode(text))], { step });
        const [{ metrics }] = await run.span('train', () =>
          Promise.all([
            training.forwardBackward(data, 'cross_entropy'),
            training.optimStep({ learningRate, eps: 1e-8 }), // the API's default eps is 1e-12
          ]),
        );
        return metrics;
      });
      const batch = step + 1; // the next one to run
      const isStopped = !goOn && batch < maxSteps;
      if (isStopped || batch % saveEvery === 0) {
        await run.checkpoints.save(training, { name: String(batch).padStart(6, '0'), batch });
      }
      if (isStopped) return;
    }
    await run.checkpoints.save(training, { name: 'final', batch: maxSteps });
  },
});

/** Every token but the first is a target: position i of the input predicts token i + 1. */
function example(tokens: readonly number[]): Datum {
  const targets = tokens.slice(1);
  return {
    modelInput: modelInput(tokens.slice(0, -1)),
    lossFnInputs: { target_tokens: int64(targets), weights: float32(targets.map(() => 1)) },
  };
}
