/** Small real plugins for projects: a recipe that counts, an engine that saves files, a sink of lines. */

/** Options: engine, maxSteps, groupSize, learningRate, loss, saveEvery, milliseconds per step. */
export const countRecipe = `
import { definePlugin, defineRecipe, Recipes, Engines, type Engine, type Run } from '@tinsmith/core';
import { z } from 'zod';

const options = z.object({
  maxSteps: z.int().positive(),
  groupSize: z.int().min(2).default(4),
  learningRate: z.number().positive().default(1e-4),
  loss: z.enum(['ppo', 'importance_sampling']).default('ppo'),
  saveEvery: z.int().positive().default(1),
  milliseconds: z.number().default(0),
  throwAt: z.int().optional(),
});

const count = defineRecipe({
  uses: { engine: Engines },
  options,
  runName: ({ maxSteps, loss }, { seed }) => \`Org/model-\${maxSteps}-\${loss}-seed\${seed}\`,
  async run(run: Run, { maxSteps, saveEvery, milliseconds, throwAt }, { engine }: { engine: Engine }) {
    run.plan(maxSteps);
    run.log('counting');
    const last = run.checkpoints.last;
    const training = last
      ? await engine.createTrainingClientFromStateWithOptimizer(last.state_path!)
      : await engine.createLoraTrainingClient({ baseModel: 'counter' });
    for (let step = last?.batch ?? 0; step < maxSteps; step++) {
      const goOn = await run.step(step, async () => {
        if (step === throwAt) throw new Error('the dice fell off the table');
        await run.span('sampling', () => new Promise(resolve => setTimeout(resolve, milliseconds)));
        await training.optimStep({});
        return { 'reward/mean': step };
      });
      const due = !goOn || (step + 1) % saveEvery === 0;
      if (due) await run.checkpoints.save(training, { name: String(step + 1).padStart(6, '0'), batch: step + 1 });
      if (!goOn) return;
    }
  },
});

export default definePlugin({
  name: 'count',
  version: '1.2.3',
  setup: ({ provide }) => provide(Recipes, 'count', { create: () => count }),
});
`;

/** Its state is the number of updates, kept in files in the run folder. */
export const fileEngine = `
import { definePlugin, Engines, RunDirectories } from '@tinsmith/core';

export default definePlugin({
  name: 'file-engine',
  version: '0.0.1',
  setup({ provide }) {
    provide(Engines, 'files', {
      deps: { directory: RunDirectories },
      create({ directory }) {
        const client = updates => ({
          async optimStep() { updates++; return { metrics: {} }; },
          async saveState(name) {
            const path = 'weights/' + name;
            await directory.write(path, String(updates));
            return { path };
          },
          async saveWeightsForSampler(name) {
            return { path: 'sampler_weights/' + name };
          },
        });
        return {
          directory,
          specification: 'v1',
          createLoraTrainingClient: async () => client(0),
          createTrainingClientFromStateWithOptimizer: async path => client(Number(await directory.read(path))),
        };
      },
      dispose: ({ directory }) => directory.append('disposed.txt', 'engine'),
    });
  },
});
`;

/** Options: file. */
export const lineSink = `
import { definePlugin, MetricSinks, RunDirectories } from '@tinsmith/core';
import { z } from 'zod';

export default definePlugin({
  name: 'line-sink',
  version: '0.1.0',
  config: z.object({ file: z.string().default('metrics.jsonl') }),
  setup({ config, provide }) {
    provide(MetricSinks, {
      deps: { directory: RunDirectories },
      create: ({ directory }) => ({
        write: ({ step, metrics }) => directory.append(config.file, JSON.stringify({ step, ...metrics })),
      }),
    });
  },
});
`;

export const pluginFiles = {
  'plugins/count.ts': countRecipe,
  'plugins/engine.js': fileEngine,
  'plugins/sink.js': lineSink,
};

export const config = `plugins:
  - ./plugins/count.ts
  - ./plugins/engine.js
  - { use: ./plugins/sink.js, with: { file: metrics.jsonl } }
recipe:
  use: count
  with:
    engine: files
    maxSteps: 3
`;

/** Everything that a run needs. */
export const countProject = { ...pluginFiles, 'tinsmith.config.yaml': config };
