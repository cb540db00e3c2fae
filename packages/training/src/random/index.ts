export * from './numpy-generator.js';
export * from './numpy-random-state.js';
export * from './orders.js';
export * from './python-random.js';
