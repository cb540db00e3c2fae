/** What recipes share, as plain functions: rollouts, advantages, training data, the update, metrics. */
export { computeAdvantages, removeConstantGroups, totalRewards } from './advantages.js';
export * from './data.js';
export * from './env-options.js';
export * from './float-text.js';
export * from './metrics.js';
export * from './models/index.js';
export * from './random/index.js';
export * from './rollout.js';
export * from './seed.js';
export * from './train-step.js';
