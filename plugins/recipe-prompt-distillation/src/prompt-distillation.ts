/**
 * Prompt distillation: what a model does with a long prompt, it learns to do without it. First a teacher answers with the prompt,
 * then a student learns the answers to the bare texts. It leaves out the teacher's doubt: one answer per text, no soft targets.
 */
import { join } from 'node:path';
import {
  amend,
  defineRecipe,
  Engines,
  Evaluators,
  Models,
  Renderers,
  type RowSource,
  RowSources,
  TinsmithError,
} from '@tinsmith/core';
import {
  allOrProblems,
  checkConversations,
  checkModelAndRenderer,
  floatText,
  openEvaluators,
  openRenderer,
} from '@tinsmith/training/options';
import { checkData, makeData } from './make-data.js';
import { promptDistillationOptions } from './options.js';

const EVALUATORS = 'recipe.with.evaluators';
const nameOption = (option: string) => `recipe.with.create.${option}`;

export const promptDistillation = defineRecipe({
  uses: { engine: Engines },
  deps: { engines: Engines, models: Models, renderers: Renderers, rows: RowSources, evaluators: Evaluators },
  options: promptDistillationOptions,
  batchOptions: ['dataset', 'create', 'testSize', 'batchSize'],

  runName({ modelName, loraRank, learningRate, batchSize }) {
    const model = modelName.replaceAll('/', '-');
    return `prompt_distillation-${model}-${loraRank}rank-${floatText(learningRate)}lr-${batchSize}batch`;
  },

  async check(options, { engines, models, renderers, rows, evaluators }) {
    const { dataset, create, engine } = options;
    await allOrProblems<unknown>([
      checkModelAndRenderer(options, { models, renderers }),
      openEvaluators(options.evaluators, evaluators, EVALUATORS),
      checkSource(dataset, create === undefined, rows),
      ...(dataset === undefined && create
        ? [
            checkData(
              { engine, ...create },
              { engines, models, renderers, rows },
              { cwd: process.cwd(), nameOption },
            ),
          ]
        : []),
    ]);
  },

  async run(run, options, { engine, engines, models, renderers, rows, evaluators }) {
    // For a run; a check needs none of it.
    const { conversationDataset, evaluationRound, heldOutDataset, trainSupervised } =
      await import('@tinsmith/training');
    const { batchSize, create, dataset, evalEvery, maxLength, onEvaluatorError, testSize, trainOnWhat } =
      options;
    const made = join(run.directory.path, 'data.jsonl');
    if (dataset === undefined) {
      const surroundings = {
        cwd: process.cwd(),
        output: made,
        isOfRun: true,
        seed: run.seed,
        signal: run.signal,
        nameOption,
        tell: (line: string) => run.log(line),
      };
      const settings = { engine: options.engine, ...create! };
      const registries = { engines, models, renderers, rows };
      run.log(await run.span('create_data', () => makeData(settings, registries, surroundings)));
    }

    const tokenizer = await engine.getTokenizer(options.modelName);
    const onWarning = (line: string) => run.log(line);
    const renderer = await openRenderer(options, { models, renderers }, { tokenizer, onWarning });
    const conversations = await rows.conversations({ source: dataset ?? made });
    const shuffled = conversations.shuffle({ seed: run.seed });
    const settings = { renderer, maxLength, trainOnWhat, batchSize };
    const opened = await openEvaluators(options.evaluators, evaluators, EVALUATORS);
    await trainSupervised(run, options, {
      engine,
      tokenizer,
      train: await conversationDataset(shuffled.skip(testSize), settings),
      test: testSize > 0 ? await heldOutDataset(shuffled.take(testSize), settings) : undefined,
      evaluate: evaluationRound(run, {
        evaluators: opened.map(evaluator => ({ evaluator, every: evalEvery })),
        renderer,
        tokenizer,
        onEvaluatorError,
      }),
    });
  },
});

const HOW = 'tinsmith create_data makes one, and so does `create`, before the first step';

/** The data that are learnt from are there, or there is a way to make them. */
async function checkSource(dataset: string | undefined, isNoneMade: boolean, rows: RowSource): Promise<void> {
  if (dataset !== undefined) {
    await checkConversations(rows, { source: dataset }).catch((error: unknown) => {
      if (!TinsmithError.is(error) || error.code !== 'DATA_SOURCE_UNKNOWN') throw error;
      throw amend(error, { fix: `${error.fix ?? ''}; ${HOW}` });
    });
  } else if (isNoneMade) {
    throw new TinsmithError({
      code: 'DATA_MISSING',
      message: 'there is nothing to learn from',
      at: 'recipe.with.dataset',
      found: 'neither dataset nor create',
      fix: `a file of conversations; ${HOW}`,
    });
  }
}
