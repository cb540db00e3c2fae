/**
 * A policy: a model with certain weights, in the worker. Base weights are shared between policies; LoRA factors, or all weights
 * in full-parameter training, are a policy's own. Arrays are wrapped, not copied, so in-place updates show at once.
 */
import type { Tensor } from 'onnxruntime-node';
import {
  type FrozenMatrices,
  freezeMatrices,
  type LoraConfig,
  type MatrixPrecision,
  type ModelConfig,
} from '../model/index.js';
import type { FloatTensors } from '../weights/safetensors.js';
import { float32Tensor, floats, type GraphSessions } from './graph-sessions.js';

export interface Policy {
  readonly config: ModelConfig;
  readonly lora: LoraConfig | undefined;
  /** Every weight and LoRA factor by name, as graphs take them. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly graphs: GraphSessions;
  /** Of a base model that nobody trains as a whole: what decoding keeps of it in a form of its own. */
  readonly frozen?: FrozenBase | undefined;
}

export interface FrozenBase {
  /** Graphs that have matrices of the base in them: policies of one base share them, whatever their adapters. */
  readonly graphs: GraphSessions;
  /** For decoding. Made when a graph needs them, and not kept: the graph has them then. */
  readonly matrices: () => FrozenMatrices;
  /**
   * For graphs of whole sequences, those that are so narrow that onnxruntime would sum in an order which depends on the number of rows:
   * it gives each thread a part of the columns or of the rows, whichever are more, and takes longer sums at a time for 64 columns or fewer.
   */
  readonly narrowMatrices: () => FrozenMatrices;
}

/** @param precision of the matrices that decoding multiplies with. */
export function freezeBase(policy: Policy, precision: MatrixPrecision): Policy {
  const { config, tensors, graphs } = policy;
  const read = (name: string): Float32Array => floats(tensors.get(name));
  const isNarrow = (columns: number): boolean => columns <= 64 * graphs.threads;
  const frozen: FrozenBase = {
    graphs: graphs.fork(),
    matrices: () => freezeMatrices(config, precision, read),
    narrowMatrices: () => freezeMatrices(config, 'float32', read, isNarrow),
  };
  return { ...policy, frozen };
}

export function wrapTensors(tensors: FloatTensors): Map<string, Tensor> {
  return new Map([...tensors].map(([name, { shape, data }]) => [name, float32Tensor(data, shape)]));
}

/** The base's tensors with those of `own`, the factors of an adapter or all weights, added or put in place. */
export function makePolicy(
  base: Omit<Policy, 'lora'>,
  lora: LoraConfig | undefined,
  own: FloatTensors = new Map(),
): Policy {
  const tensors = new Map([...base.tensors, ...wrapTensors(own)]);
  return { ...base, lora, tensors, frozen: lora ? base.frozen : undefined };
}

export function copyTensors(tensors: FloatTensors): FloatTensors {
  return new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
}

export const bytesOf = (tensors: FloatTensors): number =>
  [...tensors.values()].reduce((bytes, { data }) => bytes + data.byteLength, 0);

/** Names a graph that depends on the adapter's layout. */
export const loraKey = (lora: LoraConfig | undefined): string => (lora ? JSON.stringify(lora) : 'base');
