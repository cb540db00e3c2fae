/**
 * Off-policy distillation: a small model learns texts of a large one, by supervised training. The texts are in a data set, or the
 * teacher writes them when they are needed; with soft targets the student learns the teacher's probabilities of the likeliest
 * tokens, not only the token that stands there. It leaves out what the student would do by itself.
 */
import { defineRecipe, Engines, Evaluators, Models, Renderers, RowSources } from '@tinsmith/core';
import {
  allOrProblems,
  checkConversations,
  checkModelAndRenderer,
  chooseEngine,
  openEvaluators,
  openRenderer,
} from '@tinsmith/training/options';
import { EVALUATORS } from './on-policy.js';
import { offPolicyOptions } from './options.js';
import { dataName, modelPart } from './run-name.js';
import { openTeacher } from './teacher.js';

export const offPolicyDistillation = defineRecipe({
  uses: { engine: Engines },
  deps: { engines: Engines, models: Models, renderers: Renderers, rows: RowSources, evaluators: Evaluators },
  options: offPolicyOptions,
  batchOptions: [
    'dataset',
    'datasetConfig',
    'trainSplit',
    'answers',
    'batchSize',
    'maxPrompts',
    'bufferSize',
  ],
  runName: options => `sft-${dataName(options.dataset)}-${modelPart(options)}-${options.batchSize}batch`,

  async check(options, { engines, models, renderers, rows, evaluators }) {
    const { teacherEngine, answers, dataset: source, datasetConfig: config, trainSplit: split } = options;
    const isOwn = answers === 'dataset' && source !== 'openthoughts3';
    await allOrProblems<unknown>([
      checkModelAndRenderer(options, { models, renderers }),
      openEvaluators(options.evaluators, evaluators, EVALUATORS),
      ...(isOwn ? [checkConversations(rows, { source, config, split })] : []),
      (async () =>
        teacherEngine !== undefined && chooseEngine(teacherEngine, engines, 'recipe.with.teacherEngine'))(),
    ]);
  },

  async run(run, options, { engine, engines, models, renderers, rows, evaluators }) {
    const { modelName, teacherModel, evalEvery, onEvaluatorError } = options;
    const tokenizer = await engine.getTokenizer(modelName);
    const student = { modelName, engine, tokenizer };
    // Before anything is spent, and before any data is read.
    const teacher =
      teacherModel === undefined
        ? undefined
        : await openTeacher({ ...options, teacherModel }, student, engines);
    const onWarning = (line: string) => run.log(line);
    const renderer = await openRenderer(options, { models, renderers }, { tokenizer, onWarning });
    // For a run; a check needs none of it.
    const [{ evaluationRound }, { openTexts }, { trainOffPolicy }] = await Promise.all([
      import('@tinsmith/training'),
      import('./off-policy-texts.js'),
      import('./train-off-policy.js'),
    ]);
    const opened = await openEvaluators(options.evaluators, evaluators, EVALUATORS);
    await trainOffPolicy(run, options, {
      engine,
      tokenizer,
      teacher,
      texts: await openTexts(run, options, { rows, renderer, tokenizer, teacher }),
      evaluate: evaluationRound(run, {
        evaluators: opened.map(evaluator => ({ evaluator, every: evalEvery })),
        renderer,
        tokenizer,
        onEvaluatorError,
      }),
    });
  },
});
