/** The contract of Tinsmith: what plugins import. The container behind it is in `@tinsmith/core/kernel`. */
export * from './domain/data.js';
export * from './domain/dataset.js';
export * from './domain/engine.js';
export * from './domain/message.js';
export * from './domain/model.js';
export * from './domain/recipe.js';
export * from './domain/renderer.js';
export * from './domain/rollout.js';
export * from './domain/run.js';
export * from './domain/tokenizer.js';
export * from './error.js';
export * from './hook.js';
export * from './nearest.js';
export * from './plugin.js';
export * from './token.js';
