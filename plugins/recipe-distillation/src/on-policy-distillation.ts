/**
 * On-policy distillation: a small model becomes like a large one where it goes by itself. It needs prompts, and no answers. It
 * leaves out rewards: a teacher that is wrong is learnt from like one that is right.
 */
import { defineRecipe, Engines } from '@tinsmith/core';
import { checkOnPolicy, type LessonOptions, onPolicyDeps, runOnPolicy } from './on-policy.js';
import { type OnPolicyOptions, onPolicyOptions } from './options.js';
import { dataName, modelPart } from './run-name.js';

const lessonsOf = (options: OnPolicyOptions): readonly LessonOptions[] => [{ ...options, at: 'recipe.with' }];

export const onPolicyDistillation = defineRecipe({
  uses: { engine: Engines },
  deps: onPolicyDeps,
  options: onPolicyOptions,
  batchOptions: ['dataset', 'datasetConfig', 'trainSplit', 'groupSize', 'groupsPerBatch'],
  runName: options =>
    `distill-${dataName(options.dataset)}-${modelPart(options)}-${options.groupsPerBatch}batch`,
  check: (options, deps) => checkOnPolicy(options, lessonsOf(options), deps),
  run: (run, options, parts) => runOnPolicy(run, options, lessonsOf(options), parts),
});
