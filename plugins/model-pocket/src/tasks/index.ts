/**
 * What the pocket models were taught, as generators of exercises: for recipes, tests and examples that want prompts of a kind
 * that these models understand. Everything is drawn from seeded random numbers. Knows nothing about tokens or training.
 */
export * from './exercise.js';
export * from './facts.js';
export * from './guess-number.js';
export * from './labels.js';
export * from './lists.js';
export * from './random.js';
export * from './search.js';
export * from './small-talk.js';
export * from './sums.js';
export * from './things.js';
export * from './tic-tac-toe.js';
export * from './twenty-questions.js';
