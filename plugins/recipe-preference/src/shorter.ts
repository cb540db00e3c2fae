/**
 * A model learns to say less: of several answers to one question the shorter ones win. The smallest use of pairwise comparisons, in
 * which nothing is judged but length. The loop is `trainRl`.
 */
import { defineRecipe, Engines, Models, Renderers, TinsmithError } from '@tinsmith/core';
import { allOrProblems, checkModelAndRenderer, floatText, openRenderer } from '@tinsmith/training/options';
import { shorterOptions, type ShorterOptions } from './shorter-options.js';

export const shorter = defineRecipe({
  uses: { engine: Engines },
  deps: { models: Models, renderers: Renderers },
  options: shorterOptions,
  batchOptions: ['prompt', 'numPrompts', 'batchSize', 'groupSize'],

  runName({ modelName, batchSize, groupSize, learningRate }) {
    const model = modelName.replaceAll('/', '-');
    return `shorter-${model}-${batchSize}batch-${groupSize}group-${floatText(learningRate)}lr`;
  },

  async check(options, registries) {
    await allOrProblems<unknown>([
      checkModelAndRenderer(options, registries),
      Promise.resolve().then(() => refuseTooFew(options)),
    ]);
  },

  async run(run, options, { engine, models, renderers }) {
    const [{ trainRl }, { pairwiseDataset }, { shorterJudge }] = await Promise.all([
      import('@tinsmith/training'), // for a run; a check needs none of it
      import('./pairwise-dataset.js'),
      import('./shorter-judge.js'),
    ]);
    const tokenizer = await engine.getTokenizer(options.modelName);
    const onWarning = (line: string) => run.log(line);
    const renderer = await openRenderer(options, { models, renderers }, { tokenizer, onWarning });

    const { batchSize, groupSize, tournamentPattern: pattern, matchupGroupSize } = options;
    const prompt = [{ role: 'user', content: options.prompt }];
    await trainRl(run, options, {
      engine,
      train: pairwiseDataset({
        renderer,
        batchSize,
        groupSize,
        pattern,
        matchupGroupSize,
        judge: shorterJudge,
        judgeName: 'the judge of length',
        signal: run.signal,
        length: options.numPrompts,
        promptsAt: async (_, count) => Array.from({ length: count }, () => prompt),
      }),
    });
  },
});

function refuseTooFew({ numPrompts, batchSize }: ShorterOptions): void {
  if (numPrompts >= batchSize) return;
  throw new TinsmithError({
    code: 'DATA_TOO_FEW_ROWS',
    message: 'the prompts do not fill one batch',
    at: 'recipe.with.batchSize',
    found: `numPrompts ${numPrompts}, batchSize ${batchSize}`,
    fix: 'a smaller batchSize, or more numPrompts',
  });
}
