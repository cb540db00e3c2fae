/** Turns the part of a graph that its outputs need into the bytes of an ONNX model. */
import { formatShape, multiplyDimensions, type Shape } from './dimension.js';
import { GraphError } from './errors.js';
import type { AnyTensor, Attribute, Constant, ElementType, Node } from './graph.js';
import { Message } from './protobuf.js';
import { recomputeForBackward } from './recompute.js';

export interface Port {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: Shape;
}

export interface OnnxModel {
  readonly onnx: Uint8Array;
  /** The graph inputs that the outputs depend on, in the order in which they were made. */
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

const irVersion = 10;
const opset = 21;
/** Of onnxruntime's own operators, domain `com.microsoft`. */
const microsoftOpset = 1;

// TensorProto.DataType
const dataTypes: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int64: 7,
  bool: 9,
  float64: 11,
};

export function dataTypeOf(type: ElementType): number {
  return dataTypes[type];
}

export interface OnnxOptions {
  /**
   * Values of graph inputs that are the same in every run, row-major, by name. They become part of the model, so onnxruntime can lay
   * them out for its kernels once. The bytes of a model may not exceed 2^31.
   */
  readonly constants?: ReadonlyMap<string, Float32Array | Uint8Array>;
}

/**
 * The model with the given outputs, by name. Nodes that no output needs are left out, so a builder may make more than it uses.
 * @throws {GraphError} NAME_TAKEN if an output is called like an input, SHAPE_MISMATCH if a constant is not as its input was declared.
 */
export function toOnnx(
  outputs: Readonly<Record<string, AnyTensor>>,
  { constants = new Map() }: OnnxOptions = {},
): OnnxModel {
  const named = Object.entries(outputs);
  const graph = named[0]?.[1].graph;
  if (!graph) throw new GraphError('INVALID_ARGUMENT', 'toOnnx: a model needs an output');

  const needed = new Set<AnyTensor>(named.map(([, tensor]) => tensor));
  for (const tensor of needed) for (const input of tensor.producer?.inputs ?? []) needed.add(input); // grows while it is walked
  const nodes = new Set<Node>();
  for (const tensor of [...needed].toSorted((a, b) => a.id - b.id))
    if (tensor.producer) nodes.add(tensor.producer);

  const names = new Map<AnyTensor, string>();
  for (const [name, input] of graph.inputs) names.set(input, name);
  // What a node makes is called like the output; only what has a name already needs a copy.
  const copied = named.filter(([name, tensor]) => {
    const isNamed = !tensor.producer || names.has(tensor);
    if (!isNamed) names.set(tensor, name);
    return isNamed;
  });
  const nameOf = (tensor: AnyTensor): string =>
    names.get(tensor) ?? `${tensor.producer?.operator ?? 'constant'}:${tensor.id}`;

  const body = new Message();
  for (const node of recomputeForBackward(graph, [...nodes])) body.message(1, encodeNode(node, nameOf));
  for (const [name] of named)
    if (graph.inputs.has(name))
      throw new GraphError('NAME_TAKEN', `toOnnx: output "${name}" is called like an input`);
  for (const [name, tensor] of copied) body.message(1, identityNode(nameOf(tensor), name));
  body.string(2, 'graph');
  for (const constant of graph.constants.values())
    if (needed.has(constant.tensor)) body.message(5, encodeConstant(constant, nameOf(constant.tensor)));
  const ports = [...graph.inputs].filter(([, tensor]) => needed.has(tensor)).map(toPort);
  for (const port of ports) {
    const values = constants.get(port.name);
    if (values) body.message(5, encodeFixedInput(port, values));
  }
  const inputs = ports.filter(({ name }) => !constants.has(name));
  const results = named.map(toPort);
  for (const port of inputs) body.message(11, encodePort(port));
  for (const port of results) body.message(12, encodePort(port));

  const model = new Message().int(1, irVersion).string(2, '@tinsmith/graph').message(7, body);
  model.message(8, new Message().string(1, '').int(2, opset));
  model.message(8, new Message().string(1, 'com.microsoft').int(2, microsoftOpset));
  return { onnx: model.encode(), inputs, outputs: results };
}

function toPort([name, { type, shape }]: readonly [string, AnyTensor]): Port {
  return { name, type, shape };
}

function encodeNode(node: Node, nameOf: (tensor: AnyTensor) => string): Message {
  const message = new Message();
  for (const input of node.inputs) message.string(1, nameOf(input));
  for (const output of node.outputs) message.string(2, nameOf(output));
  message.string(3, `node:${nameOf(node.outputs[0]!)}`).string(4, node.operator);
  for (const [name, attribute] of Object.entries(node.attributes))
    message.message(5, encodeAttribute(name, attribute));
  if (node.domain !== '') message.string(7, node.domain);
  return message;
}

/** An output that is an input, a constant or another output. */
function identityNode(from: string, to: string): Message {
  return new Message().string(1, from).string(2, to).string(3, `node:output:${to}`).string(4, 'Identity');
}

function encodeAttribute(name: string, attribute: Attribute): Message {
  const message = new Message().string(1, name);
  if ('float' in attribute) return message.float(2, attribute.float).int(20, 1);
  if ('int' in attribute) return message.int(3, attribute.int).int(20, 2);
  if ('string' in attribute) return message.string(4, attribute.string).int(20, 3);
  for (const value of attribute.ints) message.int(8, value);
  return message.int(20, 7);
}

function encodeConstant({ tensor, values }: Constant, name: string): Message {
  const message = new Message();
  for (const dimension of tensor.shape) message.int(1, Number(dimension));
  return message.int(2, dataTypes[tensor.type]).string(8, name).bytes(9, rawData(tensor, values));
}

function encodeFixedInput({ name, type, shape }: Port, values: Float32Array | Uint8Array): Message {
  const found = values instanceof Float32Array ? 'float32' : 'uint8';
  if (type !== found || multiplyDimensions(shape) !== values.length)
    throw new GraphError(
      'SHAPE_MISMATCH',
      `toOnnx: "${name}" is ${type} ${formatShape(shape)}, its constant has ${values.length} of ${found}`,
    );
  const message = new Message();
  for (const dimension of shape) message.int(1, Number(dimension));
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return message.int(2, dataTypes[type]).string(8, name).bytes(9, bytes);
}

function rawData({ type, shape }: AnyTensor, values: Constant['values']): Uint8Array {
  if (type === 'bool' || type === 'uint8') return Uint8Array.from(values);
  if (type === 'float32') return new Uint8Array(Float32Array.from(values).buffer);
  if (type === 'float64') return new Uint8Array(Float64Array.from(values).buffer);
  const wrong = values.find(value => !Number.isSafeInteger(value));
  if (wrong === undefined) return new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  throw new GraphError(
    'INVALID_ARGUMENT',
    `constant: ${wrong} in an int64 ${formatShape(shape)} is not an integer`,
  );
}

function encodePort({ name, type, shape }: Port): Message {
  const dimensions = new Message();
  for (const dimension of shape)
    dimensions.message(
      1,
      typeof dimension === 'number' ? new Message().int(1, dimension) : new Message().string(2, dimension),
    );
  const tensorType = new Message().int(1, dataTypes[type]).message(2, dimensions);
  return new Message().string(1, name).message(2, new Message().message(1, tensorType));
}
