/**
 * What a recipe needs before it runs: shapes of options, and checks. `@tinsmith/training/options`, which loads nothing
 * else, so that `tinsmith check` is quick.
 */
export * from './all-or-problems.js';
export * from './check-conversations.js';
export * from './env-options.js';
export * from './float-text.js';
export * from './models/index.js';
export * from './options.js';
export * from './python-int.js';
export * from './evaluation/open-evaluators.js';
