export * from './evaluation-round.js';
export * from './open-evaluators.js';
export * from './stored-example.js';
export * from './summary.js';
