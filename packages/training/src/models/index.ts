export * from './check-model.js';
export * from './choose-engine.js';
export * from './choose-renderer.js';
export { findModel, knownModels, type ModelInfo, modelInfo } from './registry.js';
