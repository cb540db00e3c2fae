/** A checkpoint measured on questions, source by source: one step, no training. */
import { defineRecipe, Engines, Models, Renderers, RowSources, SearchBackends } from '@tinsmith/core';
import { checkModelAndRenderer, openRenderer } from '@tinsmith/training/options';
import { searchEvalOptions } from './options.js';

export const searchEvalRecipe = defineRecipe({
  uses: { engine: Engines, search: SearchBackends },
  deps: { models: Models, renderers: Renderers, rows: RowSources },
  options: searchEvalOptions,
  check: (options, { models, renderers }) => checkModelAndRenderer(options, { models, renderers }),

  async run(run, options, { engine, search: backend, models, renderers, rows }) {
    const [
      { rollOutGroup, trajectoryMetrics, mixSeed },
      { guardedSearch },
      { episodesOf },
      { sampleBySource },
    ] = await Promise.all([
      import('@tinsmith/training'),
      import('@tinsmith/tools'),
      import('./episodes.js'),
      import('./sample-by-source.js'),
    ]);
    const { dataset: source, split, modelName, checkpointPath, maxTokens, temperature } = options;
    const tokenizer = await engine.getTokenizer(modelName);
    const renderer = await openRenderer(options, { models, renderers }, { tokenizer });
    const policy = await engine.createSamplingClient(
      checkpointPath === undefined ? { baseModel: modelName } : { modelPath: checkpointPath },
    );
    const search = guardedSearch(backend, options.searchLimits);
    const chosen = await sampleBySource(await rows.open({ source, split }), options);

    run.plan(1);
    await run.step(0, async () => {
      const groups = await run.span('run_evals', () =>
        Promise.all(
          chosen.map((question, index) =>
            rollOutGroup(episodesOf(question, { ...options, search, renderer, groupSize: 1 }), policy, {
              maxTokens,
              temperature,
              seed: mixSeed(run.seed, index),
              signal: run.signal,
            }),
          ),
        ),
      );
      const metrics = trajectoryMetrics(groups);
      for (const name of [...new Set(chosen.map(question => question.source)), 'all']) {
        const count = chosen.filter(question => name === 'all' || question.source === name).length;
        const correct = metrics[`env/${name}/correct`] ?? metrics['env/all/correct'] ?? 0;
        run.log(`${name.padEnd(12)} exact match ${correct.toFixed(3)} of ${count}`);
      }
      return Object.fromEntries(Object.entries(metrics).map(([key, value]) => [`test/${key}`, value]));
    });
  },
});
