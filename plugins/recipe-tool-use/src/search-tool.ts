/**
 * An agent learns to search before it answers: Search-R1. Only the final answer is rewarded; when to search and what for is
 * left to the model. The loop is `trainRl`.
 */
import {
  defineRecipe,
  Engines,
  Models,
  Renderers,
  RowSources,
  SearchBackends,
  TinsmithError,
} from '@tinsmith/core';
import { checkModelAndRenderer, floatText, openRenderer } from '@tinsmith/training/options';
import { searchToolOptions } from './options.js';

export const searchToolRecipe = defineRecipe({
  uses: { engine: Engines, search: SearchBackends },
  deps: { models: Models, renderers: Renderers, rows: RowSources },
  options: searchToolOptions,
  batchOptions: ['dataset', 'trainSplit', 'testSize', 'batchSize', 'groupSize'],
  check: (options, { models, renderers }) => checkModelAndRenderer(options, { models, renderers }),

  runName({ modelName, batchSize, groupSize, learningRate, loraRank, streamMinibatch }, { seed }) {
    const model = modelName.replaceAll('/', '-').toLowerCase();
    const size = `bs${batchSize}${streamMinibatch ? '_stream' : ''}_gs${groupSize}`;
    return `search_r1_${model}_${size}_seed${seed}_lr${floatText(learningRate)}_rank${loraRank}`;
  },

  async run(run, options, { engine, search: backend, models, renderers, rows }) {
    const [{ trainRl, PythonRandom }, { guardedSearch }, { episodesOf }, { questionOf }] = await Promise.all([
      import('@tinsmith/training'),
      import('@tinsmith/tools'),
      import('./episodes.js'),
      import('./questions.js'),
    ]);
    const { dataset: source, trainSplit: split, batchSize, groupSize, testSize } = options;
    const tokenizer = await engine.getTokenizer(options.modelName);
    const onWarning = (line: string) => run.log(line);
    const renderer = await openRenderer(options, { models, renderers }, { tokenizer, onWarning });
    const search = guardedSearch(backend, options.searchLimits);

    const questions = await (await rows.open({ source, split })).map(questionOf).table();
    const order = Array.from({ length: questions.length }, (_, index) => index);
    new PythonRandom(run.seed).shuffle(order);
    const batches = Math.floor((questions.length - testSize) / batchSize);
    if (batches < 1) throw tooFew(questions.length, options);

    const groupOf = async (place: number, size: number) =>
      episodesOf(await questions.at(order[place]!), { ...options, search, renderer, groupSize: size });
    const groups = (first: number, count: number, size: number) =>
      Promise.all(Array.from({ length: count }, (_, i) => groupOf(first + i, size)));
    await trainRl(
      run,
      {
        ...options,
        streamMinibatchConfig: options.streamMinibatch
          ? { numMinibatches: options.numMinibatches }
          : undefined,
      },
      {
        engine,
        train: {
          length: batches,
          getBatch: index => groups(testSize + index * batchSize, batchSize, groupSize),
        },
        test: testSize > 0 ? { length: 1, getBatch: () => groups(0, testSize, 1) } : undefined,
      },
    );
  },
});

const tooFew = (
  found: number,
  { batchSize, testSize, dataset }: { batchSize: number; testSize: number; dataset: string },
) =>
  new TinsmithError({
    code: 'QUESTIONS_TOO_FEW',
    message: `there are not enough questions for one batch`,
    at: dataset,
    found: `${found} questions, of which testSize ${testSize} are kept for evaluation; batchSize ${batchSize}`,
    fix: 'a smaller batchSize',
  });
