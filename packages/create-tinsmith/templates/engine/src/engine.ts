/** Start here: each method is a call to your backend. The toy engine stands in for it until then. */
import type { Engine, LoraTrainingOptions, SamplingClient, Tokenizer, TrainingClient } from '@tinsmith/core';
import { ToyEngine } from '@tinsmith/testkit';

export class {{pascal}}Engine implements Engine {
  readonly specification = 'v1';
  readonly #backend: Engine;

  /** Checkpoints belong below the run folder, or to a service. */
  constructor(runFolder: string) {
    this.#backend = new ToyEngine(runFolder);
  }

  createLoraTrainingClient(options: LoraTrainingOptions): Promise<TrainingClient> {
    return this.#backend.createLoraTrainingClient(options);
  }

  createTrainingClientFromState(path: string): Promise<TrainingClient> {
    return this.#backend.createTrainingClientFromState(path);
  }

  createTrainingClientFromStateWithOptimizer(path: string): Promise<TrainingClient> {
    return this.#backend.createTrainingClientFromStateWithOptimizer(path);
  }

  createSamplingClient(source: { readonly baseModel: string } | { readonly modelPath: string }): Promise<SamplingClient> {
    return this.#backend.createSamplingClient(source);
  }

  getTokenizer(baseModel: string): Promise<Tokenizer> {
    return this.#backend.getTokenizer(baseModel);
  }
}
