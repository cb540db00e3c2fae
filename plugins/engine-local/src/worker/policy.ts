/**
 * A policy: a model with certain weights, in the worker. Base weights are shared between policies; LoRA factors, or all weights
 * in full-parameter training, are a policy's own. Arrays are wrapped, not copied, so in-place updates show at once.
 */
import type { Tensor } from 'onnxruntime-node';
import {
  chooseMatrices,
  type FrozenMatrices,
  freezeMatrices,
  type LoraConfig,
  type MatrixChoice,
  type MatrixPrecision,
  type ModelConfig,
  type ModelGraph,
  type SamplingGraphOptions,
} from '../model/index.js';
import type { FloatTensors } from '../weights/safetensors.js';
import { float32Tensor, floats, type GraphSession, type GraphSessions } from './graph-sessions.js';

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
  readonly decoding: MatrixCopy;
  readonly prefill: MatrixCopy;
  /**
   * For graphs of whole sequences, those that are so narrow that onnxruntime would sum in an order which depends on the number of rows:
   * it gives each thread a part of the columns or of the rows, whichever are more, and takes longer sums at a time for 64 columns or fewer.
   */
  readonly narrow: MatrixCopy;
}

/** Matrices that graphs have in a form of their own. */
export interface MatrixCopy {
  readonly bytes: number;
  /** Whether no matrix stays an input. */
  readonly isComplete: boolean;
  /** Made when a graph needs them, and not kept: the graph has them then. */
  readonly make: () => FrozenMatrices;
}

/**
 * @param precision of the matrices that decoding multiplies with.
 * @param mostBytes of all copies. Where those in float32 do not fit, decoding and then prefill take the weights as they are, more slowly.
 */
export function freezeBase(policy: Policy, precision: MatrixPrecision, mostBytes = Infinity): Policy {
  const { config, tensors, graphs } = policy;
  const copyOf = (choice: MatrixChoice): MatrixCopy => ({
    bytes: choice.bytes,
    isComplete: choice.isComplete,
    make: () => freezeMatrices(choice, name => floats(tensors.get(name))),
  });
  const narrow = copyOf(chooseMatrices(config, 'float32', columns => columns <= 64 * graphs.threads));
  const whole = copyOf(chooseMatrices(config, precision));
  const isDecodingCopied = precision === 'int8' || (whole.isComplete && whole.bytes <= mostBytes);
  const decoding = isDecodingCopied ? whole : narrow;
  const forPrefill = copyOf(chooseMatrices(config, 'float32'));
  const isPrefillCopied = forPrefill.isComplete && decoding.bytes + forPrefill.bytes <= mostBytes;
  const prefill = isPrefillCopied ? forPrefill : narrow;
  return { ...policy, frozen: { graphs: graphs.fork(), decoding, prefill, narrow } };
}

/** The session of a graph of a policy that may have copies of the base's matrices in it. @param kind names the graph that `build` makes. */
export function policySession(
  { config, lora, graphs, frozen }: Policy,
  kind: string,
  copy: MatrixCopy | undefined,
  build: (options: SamplingGraphOptions) => ModelGraph,
): Promise<GraphSession> {
  return (frozen?.graphs ?? graphs).get(`${kind} ${loraKey(lora)}`, () =>
    build({ config, ...(lora && { adapter: lora }), frozen: copy?.make() }),
  );
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

/** What the matrices take that graphs of a base have once more: one decoding graph and one of prefill. */
export function copiedBytes({ frozen }: Policy): number {
  return frozen ? frozen.decoding.bytes + frozen.prefill.bytes : 0;
}

export const bytesOf = (tensors: FloatTensors): number =>
  [...tensors.values()].reduce((bytes, { data }) => bytes + data.byteLength, 0);

/** Names a graph that depends on the adapter's layout. */
export const loraKey = (lora: LoraConfig | undefined): string => (lora ? JSON.stringify(lora) : 'base');
