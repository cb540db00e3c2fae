/**
 * Compiled graphs of one model configuration, kept by kind: weights and LoRA factors are inputs, so one session serves any
 * number of adapters. Knows nothing of what a graph computes.
 */
import * as ort from 'onnxruntime-node';
import type { ModelGraph } from '../model/index.js';
import { type NativeGate, throughGate } from './native-gate.js';

export type Feeds = Readonly<Record<string, ort.Tensor>>;

export interface GraphSession {
  /**
   * Runs the graph. What it needs is taken from `feeds`, then from `weights`.
   * @param outputs names of the outputs to compute and copy; default all.
   */
  run(
    feeds: Feeds,
    weights: Pick<ReadonlyMap<string, ort.Tensor>, 'get'>,
    outputs?: readonly string[],
  ): Promise<Readonly<Record<string, ort.Tensor>>>;
  readonly graph: Omit<ModelGraph, 'onnx'>;
  /** Gives up what it holds. It is not run any more. */
  release(): Promise<void>;
}

export type SessionSettings = Pick<
  ort.InferenceSession.SessionOptions,
  'enableCpuMemArena' | 'enableMemPattern' | 'graphOptimizationLevel'
>;

/**
 * A memory pattern reserves the peak of a pass once more beside the arena, and gives it back after each run: without one, SmolLM2-135M
 * takes 30 % less memory and 10 % less time. The optimiser finds nothing that counts in these graphs, and merging equal nodes would
 * undo the recomputation that they are made with.
 */
export const trainingSettings: SessionSettings = {
  enableMemPattern: false,
  graphOptimizationLevel: 'disabled',
};

export class GraphSessions {
  readonly #threads: number;
  readonly #gate: NativeGate;
  readonly #sessions = new Map<string, Promise<GraphSession>>();
  /** Bytes of the sessions that hold their peak, the one that was not used for longest first. */
  readonly #held = new Map<string, number>();

  constructor(threads: number, gate: NativeGate) {
    this.#threads = threads;
    this.#gate = gate;
  }

  /**
   * @param key names the graph that `build` makes, among those of this configuration.
   * @param settings default: what is best for graphs that only look forward
   */
  get(key: string, build: () => ModelGraph, settings?: SessionSettings): Promise<GraphSession> {
    let session = this.#sessions.get(key);
    if (!session) this.#sessions.set(key, (session = this.#create(build(), settings)));
    return session;
  }

  /**
   * As {@link get}, for a session that goes on holding the peak of its runs. Those that were not used for longest are given up where
   * all together would hold more than they may.
   */
  async getHolding(
    key: string,
    build: () => ModelGraph,
    { bytes, most, ...settings }: SessionSettings & { readonly bytes: number; readonly most: number },
  ): Promise<GraphSession> {
    this.#held.delete(key);
    let sum = bytes;
    for (const held of this.#held.values()) sum += held;
    for (const [other, held] of this.#held) {
      if (sum <= most) break;
      sum -= held;
      this.#held.delete(other);
      const session = await this.#sessions.get(other);
      this.#sessions.delete(other);
      await session?.release();
    }
    this.#held.set(key, bytes); // behind the others: used last
    return this.get(key, build, settings);
  }

  /** Of each session. */
  get threads(): number {
    return this.#threads;
  }

  /** Graphs of another owner, made in the same way. */
  fork(): GraphSessions {
    return new GraphSessions(this.#threads, this.#gate);
  }

  async #create(graph: ModelGraph, settings: SessionSettings = {}): Promise<GraphSession> {
    const create = () =>
      ort.InferenceSession.create(graph.onnx, {
        intraOpNumThreads: this.#threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
        ...settings,
      });
    const { inputs, outputs } = graph;
    return sessionOf(await throughGate(this.#gate, create), { inputs, outputs }, this.#gate);
  }
}

/** Apart from what makes it, so that it does not hold on to the bytes of the graph, which may have matrices in them. */
function sessionOf(
  session: ort.InferenceSession,
  graph: GraphSession['graph'],
  gate: NativeGate,
): GraphSession {
  return {
    graph,
    run(feeds, weights, outputs) {
      const all: Record<string, ort.Tensor> = {};
      for (const { name } of graph.inputs) {
        const tensor = feeds[name] ?? weights.get(name);
        if (!tensor) throw new Error(`the graph's input "${name}" has no value`);
        all[name] = tensor;
      }
      return throughGate(gate, () => (outputs ? session.run(all, outputs) : session.run(all)));
    },
    release: () => throughGate(gate, () => session.release()),
  };
}

/** An int64 tensor from values that fit 31 bits. */
export function int64Tensor(values: ArrayLike<number>, shape: readonly number[]): ort.Tensor {
  const wide = new BigInt64Array(values.length);
  const halves = new Int32Array(wide.buffer); // little-endian: the low half first; the high half of what is not negative is 0
  for (let i = 0; i < values.length; i++) halves[2 * i] = values[i]!;
  return new ort.Tensor('int64', wide, [...shape]);
}

export const float32Tensor = (values: Float32Array, shape: readonly number[]): ort.Tensor =>
  new ort.Tensor('float32', values, [...shape]);

/** The values of a float32 output. */
export function floats(tensor: ort.Tensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new Error('the graph did not give a float32 output');
  return tensor.data;
}
