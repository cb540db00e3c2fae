export * from './comparison.js';
export * from './comparison-dataset.js';
export * from './dpo-loss.js';
export * from './pairwise.js';
export * from './reward-model.js';
export * from './win-rate.js';
