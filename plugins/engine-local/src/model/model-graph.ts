/** What every graph builder of a model returns, and what several of them declare. */
import {
  type AnyTensor,
  type Graph,
  type Port,
  reshape,
  type Shape,
  type Tensor,
  toOnnx,
} from '@tinsmith/graph';

/** The element types of a model graph's inputs and outputs. */
export type PortType = 'float32' | 'int64';

/** A named input or output. A text dimension is known when the graph runs: `batch`, `time`, `capacity+1`. */
export interface GraphPort {
  readonly name: string;
  readonly type: PortType;
  readonly shape: Shape;
}

/** An ONNX model. Weights and LoRA factors are inputs under their Hugging Face and PEFT names; nothing large is inside. */
export interface ModelGraph {
  readonly onnx: Uint8Array;
  /** Only what the graph uses. */
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
}

/** @param constants values of inputs that never change, by name: they become part of the graph. */
export function build(
  outputs: Readonly<Record<string, AnyTensor>>,
  constants: ReadonlyMap<string, Float32Array | Uint8Array> = new Map(),
): ModelGraph {
  const model = toOnnx(outputs, { constants });
  return { onnx: model.onnx, inputs: model.inputs.filter(isPort), outputs: model.outputs.filter(isPort) };
}

function isPort(port: Port): port is GraphPort {
  return port.type === 'float32' || port.type === 'int64';
}

/** The shape of what is given or returned per scored token. */
export function targetShape(manyTargets: boolean): Shape {
  return manyTargets ? ['batch', 'time', 'choices'] : ['batch', 'time'];
}

/** The input `targets`: its shape, and its rows [batch * time, choices]. */
export function declareTargets(
  graph: Graph,
  manyTargets: boolean,
): { readonly shape: Shape; readonly rows: Tensor<'int64'> } {
  const shape = targetShape(manyTargets);
  const targets = graph.input('targets', 'int64', shape);
  return { shape, rows: reshape(targets, ['batch*time', manyTargets ? 'choices' : 1]) };
}
