export * from './config.js';
export { continuedBlocks } from './continued-attention.js';
export * from './frozen-matrices.js';
export * from './losses.js';
export * from './model-graph.js';
export * from './sampling-graphs.js';
export * from './training-graph.js';
export { rotaryFrequencies } from './rotary.js';
export {
  headProjection,
  layerProjections,
  type LoraConfig,
  loraNames,
  loraShapes,
  type LoraTarget,
  loraTargets,
  type Shapes,
  weightShapes,
} from './weights.js';
