/** A run to be killed, in a process of its own: killed-run.mjs LOG_PATH BASE_URL STEPS. Runs the built packages. */
import { defineRecipe, definePlugin, Recipes } from '@tinsmith/core';
import { runConfig } from 'tinsmith';
import { z } from 'zod';
import wandb from '../dist/index.js';

const [logPath, baseUrl, steps] = process.argv.slice(2);
/** What a checkpoint of this recipe needs to keep: nothing but where it goes on. */
const training = {
  saveState: async name => ({ path: name }),
  saveWeightsForSampler: async name => ({ path: name }),
};

const counting = definePlugin({
  name: 'counting',
  version: '0.0.0',
  setup({ provide }) {
    provide(Recipes, 'count', {
      create: () =>
        defineRecipe({
          uses: {},
          options: z.object({}),
          async run(run) {
            run.plan(Number(steps));
            for (let step = run.checkpoints.last?.batch ?? 0; step < Number(steps); step++) {
              run.log(`step ${step}`);
              const goOn = await run.step(step, async () => {
                await new Promise(resolve => setTimeout(resolve, 5));
                return { value: step * 10 };
              });
              if ((step + 1) % 3 === 0)
                await run.checkpoints.save(training, { name: String(step), batch: step + 1, kind: 'state' });
              if (!goOn) return;
            }
          },
        }),
    });
  },
});

const outcome = await runConfig({
  logPath,
  ifExists: 'resume',
  seed: 0,
  wandbProject: 'kills',
  plugins: [counting(), wandb({ baseUrl, sendEverySeconds: 0.01, finishSeconds: 5 })],
  recipe: { use: 'count', with: {} },
});
process.exitCode = outcome.outcome === 'completed' ? 0 : 1;
