/**
 * On-policy distillation from several teachers: each data set has its own, and a step has prompts of all. It leaves out a choice
 * between teachers for one prompt: whose data set it is in decides.
 */
import { defineRecipe, Engines } from '@tinsmith/core';
import { checkOnPolicy, type LessonOptions, onPolicyDeps, runOnPolicy } from './on-policy.js';
import { type MultiTeacherOptions, multiTeacherOptions } from './options.js';
import { dataName, modelPart } from './run-name.js';

/** As the reference shortens them in names of runs. */
const SHORT: Readonly<Record<string, string>> = { deepmath: 'dm', tulu3: 't3' };

const lessonsOf = ({ lessons }: MultiTeacherOptions): readonly LessonOptions[] =>
  lessons.map((lesson, index) => ({ ...lesson, at: `recipe.with.lessons.${index}` }));

export const multiTeacherDistillation = defineRecipe({
  uses: { engine: Engines },
  deps: onPolicyDeps,
  options: multiTeacherOptions,
  batchOptions: ['lessons', 'groupSize'],

  runName(options) {
    const parts = options.lessons.map(({ dataset, groupsPerBatch }) => {
      const name = dataName(dataset);
      return `${(Object.hasOwn(SHORT, name) && SHORT[name]) || name.replaceAll('/', '-')}${groupsPerBatch}`;
    });
    return `distill-multi-${modelPart(options)}-${parts.join('-')}`;
  },

  check: (options, deps) => checkOnPolicy(options, lessonsOf(options), deps),
  run: (run, options, parts) => runOnPolicy(run, options, lessonsOf(options), parts),
});
