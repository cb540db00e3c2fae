/**
 * On-policy distillation: a small model becomes like a large one where it goes by itself. It needs prompts, and no answers. It
 * leaves out rewards: a teacher that is wrong is learnt from like one that is right.
 */
import { basename, isAbsolute } from 'node:path';
import {
  defineRecipe,
  Engines,
  Evaluators,
  Models,
  nearest,
  Renderers,
  RowSources,
  TinsmithError,
} from '@tinsmith/core';
import {
  allOrProblems,
  checkModelAndRenderer,
  floatText,
  openEvaluators,
  openRenderer,
} from '@tinsmith/training/options';
import { onPolicyOptions } from './options.js';
import { openTeacher } from './teacher.js';

const EVALUATORS = 'recipe.with.evaluators';

export const onPolicyDistillation = defineRecipe({
  uses: { engine: Engines },
  deps: { engines: Engines, models: Models, renderers: Renderers, rows: RowSources, evaluators: Evaluators },
  options: onPolicyOptions,
  batchOptions: ['dataset', 'datasetConfig', 'trainSplit', 'groupSize', 'groupsPerBatch'],

  runName({ dataset, modelName, loraRank, learningRate, groupsPerBatch }) {
    const model = modelName.replaceAll('/', '-');
    const data = isAbsolute(dataset) ? basename(dataset) : dataset; // where it is on this machine tells no runs apart
    return `distill-${data}-${model}-${loraRank}rank-${floatText(learningRate)}lr-${groupsPerBatch}batch`;
  },

  async check(options, { engines, models, renderers, evaluators }) {
    const { teacherEngine } = options;
    await allOrProblems<unknown>([
      checkModelAndRenderer(options, { models, renderers }),
      openEvaluators(options.evaluators, evaluators, EVALUATORS),
      checkEngine(teacherEngine, engines.names()),
    ]);
  },

  async run(run, options, { engine, engines, models, renderers, rows, evaluators }) {
    const { modelName, evalEvery, onEvaluatorError } = options;
    const tokenizer = await engine.getTokenizer(modelName);
    const teacher = await openTeacher(options, { modelName, engine, tokenizer }, engines);
    const onWarning = (line: string) => run.log(line);
    const renderer = await openRenderer(options, { models, renderers }, { tokenizer, onWarning });
    // For a run; a check needs none of it.
    const [{ evaluationRound }, { promptDataset }, { trainOnPolicy }] = await Promise.all([
      import('@tinsmith/training'),
      import('./prompts.js'),
      import('./train-on-policy.js'),
    ]);
    const dataset = await promptDataset(rows, options, { ...options, renderer, tokenizer });
    const opened = await openEvaluators(options.evaluators, evaluators, EVALUATORS);
    await trainOnPolicy(run, options, {
      engine,
      lessons: [{ dataset, teacher }],
      evaluate: evaluationRound(run, {
        evaluators: opened.map(evaluator => ({ evaluator, every: evalEvery })),
        renderer,
        tokenizer,
        onEvaluatorError,
      }),
    });
  },
});

async function checkEngine(name: string | undefined, names: readonly string[]): Promise<void> {
  if (name === undefined || names.includes(name)) return;
  const near = nearest(name, names);
  throw new TinsmithError({
    code: 'PROVIDER_MISSING',
    message: `nothing provides engine "${name}"`,
    at: 'recipe.with.teacherEngine',
    found: names.join(', '),
    fix: near
      ? `teacherEngine: ${near}`
      : 'a plugin that provides it, or no teacherEngine: then the student’s is taken',
  });
}
