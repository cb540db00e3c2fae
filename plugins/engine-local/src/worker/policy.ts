/**
 * A policy: a model with certain weights, in the worker. Base weights are shared between policies; LoRA factors, or all weights
 * in full-parameter training, are a policy's own. Arrays are wrapped, not copied, so in-place updates show at once.
 */
import type { Tensor } from 'onnxruntime-node';
import type { LoraConfig, ModelConfig } from '../model/index.js';
import type { FloatTensors } from '../weights/safetensors.js';
import { float32Tensor, type GraphSessions } from './graph-sessions.js';

export interface Policy {
  readonly config: ModelConfig;
  readonly lora: LoraConfig | undefined;
  /** Every weight and LoRA factor by name, as graphs take them. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly graphs: GraphSessions;
}

export function wrapTensors(tensors: FloatTensors): Map<string, Tensor> {
  return new Map([...tensors].map(([name, { shape, data }]) => [name, float32Tensor(data, shape)]));
}

/** The base's tensors with those of `own` put in place or added. */
export function makePolicy(
  base: Omit<Policy, 'lora'>,
  lora: LoraConfig | undefined,
  own: FloatTensors = new Map(),
): Policy {
  return { ...base, lora, tensors: new Map([...base.tensors, ...wrapTensors(own)]) };
}

export function copyTensors(tensors: FloatTensors): FloatTensors {
  return new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
}

export const bytesOf = (tensors: FloatTensors): number =>
  [...tensors.values()].reduce((bytes, { data }) => bytes + data.byteLength, 0);

/** Names a graph that depends on the adapter's layout. */
export const loraKey = (lora: LoraConfig | undefined): string => (lora ? JSON.stringify(lora) : 'base');
