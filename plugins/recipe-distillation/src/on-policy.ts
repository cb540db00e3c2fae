/** What the on-policy recipes share: their check, and how data sets and teachers are opened, all of them before the first step. */
import {
  type Deps,
  type Engine,
  Engines,
  Evaluators,
  Models,
  Renderers,
  type Resolved,
  RowSources,
  type Run,
} from '@tinsmith/core';
import {
  allOrProblems,
  checkModelAndRenderer,
  chooseEngine,
  openEvaluators,
  openRenderer,
} from '@tinsmith/training/options';
import type { MultiTeacherOptions, OnPolicyOptions } from './options.js';
import { openTeacher } from './teacher.js';

export const EVALUATORS = 'recipe.with.evaluators';

export const onPolicyDeps = {
  engines: Engines,
  models: Models,
  renderers: Renderers,
  rows: RowSources,
  evaluators: Evaluators,
} satisfies Deps;
export type OnPolicyDeps = Resolved<typeof onPolicyDeps>;

export interface LessonOptions extends Pick<
  OnPolicyOptions,
  | 'dataset'
  | 'datasetConfig'
  | 'trainSplit'
  | 'groupsPerBatch'
  | 'teacherModel'
  | 'teacherEngine'
  | 'teacherCheckpoint'
> {
  /** The place of these options. */
  readonly at: string;
}

/** Those of all recipes. */
type SharedOptions = Omit<MultiTeacherOptions, 'lessons'>;

export async function checkOnPolicy(
  options: SharedOptions,
  lessons: readonly LessonOptions[],
  { engines, models, renderers, evaluators }: OnPolicyDeps,
): Promise<void> {
  await allOrProblems<unknown>([
    checkModelAndRenderer(options, { models, renderers }),
    openEvaluators(options.evaluators, evaluators, EVALUATORS),
    ...lessons.map(async ({ teacherEngine, at }) =>
      teacherEngine === undefined ? undefined : chooseEngine(teacherEngine, engines, `${at}.teacherEngine`),
    ),
  ]);
}

export async function runOnPolicy(
  run: Run,
  options: SharedOptions,
  lessons: readonly LessonOptions[],
  { engine, engines, models, renderers, rows, evaluators }: OnPolicyDeps & { readonly engine: Engine },
): Promise<void> {
  const { modelName, evalEvery, onEvaluatorError } = options;
  const tokenizer = await engine.getTokenizer(modelName);
  const student = { modelName, engine, tokenizer };
  const teachers = await allOrProblems(
    lessons.map(lesson => openTeacher(lesson, student, engines, `${lesson.at}.teacherModel`)),
  );
  const onWarning = (line: string) => run.log(line);
  const renderer = await openRenderer(options, { models, renderers }, { tokenizer, onWarning });
  // For a run; a check needs none of it.
  const [{ evaluationRound }, { promptDataset }, { trainOnPolicy }] = await Promise.all([
    import('@tinsmith/training'),
    import('./prompts.js'),
    import('./train-on-policy.js'),
  ]);
  const datasets = await allOrProblems(
    lessons.map(lesson =>
      promptDataset(rows, lesson, {
        ...options,
        groupsPerBatch: lesson.groupsPerBatch,
        renderer,
        tokenizer,
      }),
    ),
  );
  const opened = await openEvaluators(options.evaluators, evaluators, EVALUATORS);
  await trainOnPolicy(run, options, {
    engine,
    lessons: datasets.map((dataset, index) => ({ dataset, teacher: teachers[index]! })),
    evaluate: evaluationRound(run, {
      evaluators: opened.map(evaluator => ({ evaluator, every: evalEvery })),
      renderer,
      tokenizer,
      onEvaluatorError,
    }),
  });
}
