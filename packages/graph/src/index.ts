export { type Dimension, isSameShape, multiplyDimensions, type Shape } from './dimension.js';
export { emit, type EmitOptions } from './emit.js';
export { GraphError, type GraphErrorCode } from './errors.js';
export { gradients } from './gradients.js';
export {
  type AccumulatingRule,
  type AnyTensor,
  type Attribute,
  type Attributes,
  type ElementType,
  Graph,
  type GradientRule,
  type NodeOptions,
  type Pullback,
  type Tensor,
} from './graph.js';
export { type OnnxModel, type OnnxOptions, type Port, toOnnx } from './onnx.js';
export { add } from './operators/add.js';
export { after } from './operators/after.js';
export { broadcastTo } from './operators/broadcast-to.js';
export { cast } from './operators/cast.js';
export { clip } from './operators/clip.js';
export { equal, less, lessOrEqual } from './operators/compare.js';
export { concat } from './operators/concat.js';
export { divide } from './operators/divide.js';
export { exp } from './operators/exp.js';
export { gather } from './operators/gather.js';
export { gatherElements } from './operators/gather-elements.js';
export { log } from './operators/log.js';
export { matMul, type MatMulOptions } from './operators/matmul.js';
export { maximum } from './operators/maximum.js';
export { minimum } from './operators/minimum.js';
export { multiply } from './operators/multiply.js';
export { negate } from './operators/negate.js';
export { range } from './operators/range.js';
export { reduceMax } from './operators/reduce-max.js';
export { reduceSum, type ReduceOptions } from './operators/reduce-sum.js';
export { reshape } from './operators/reshape.js';
export { rmsNorm } from './operators/rms-norm.js';
export { rotaryEmbedding, type RotaryTables } from './operators/rotary-embedding.js';
export { scatterElements } from './operators/scatter-elements.js';
export { scatterRows } from './operators/scatter-rows.js';
export { shapeValues } from './operators/shape-values.js';
export { sigmoid } from './operators/sigmoid.js';
export { silu } from './operators/silu.js';
export { slice, type SliceOptions } from './operators/slice.js';
export { softmax } from './operators/softmax.js';
export { softmaxMatMul } from './operators/softmax-matmul.js';
export { split } from './operators/split.js';
export { stopGradient } from './operators/stop-gradient.js';
export { subtract } from './operators/subtract.js';
export { sumTo } from './operators/sum-to.js';
export { targetLogprobs } from './operators/target-logprobs.js';
export { transpose } from './operators/transpose.js';
export { cos, sin } from './operators/trigonometry.js';
export { where } from './operators/where.js';
