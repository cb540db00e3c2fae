/** The numbers that make the pocket models what they are. Changing one makes another model: train it again. */
import type { Habits, ModelKind } from './mixture.js';
import type { Shape } from './model-config.js';
import type { PretrainingSettings } from './pretrain.js';

/** Pieces of the tokenizer, the special ones included. A multiple of 64 keeps matrix products even. */
export const VOCABULARY_SIZE = 1024;

/** Exercises that the tokenizer's pieces are learned from. */
export const TOKENIZER_CORPUS = 8_000;

/** Of the numerics. One, so that it is the same everywhere: another number rounds sums in another order and gives another model. */
export const THREADS = 1;

const learning: Habits = {
  easySums: 0.3,
  wrongSums: 0.05,
  wrongLists: 0,
  searches: 0.7,
  misreads: 0,
  attention: 0.8,
  halving: 0,
  skill: 0,
  illegal: 0,
  prefersPolite: 0.7,
};

const careless: Habits = {
  ...learning,
  easySums: 0,
  wrongSums: 0.55,
  wrongLists: 0.4,
  searches: 0.35,
  misreads: 0.1,
  attention: 0.5,
  illegal: 0.25,
};

const careful: Habits = {
  ...learning,
  easySums: 0,
  wrongSums: 0,
  searches: 0.9,
  attention: 1,
  halving: 1,
  skill: 1,
  prefersPolite: 1,
};

export interface PocketSettings {
  readonly shape: Shape;
  readonly training: PretrainingSettings;
}

export const settings: Readonly<Record<ModelKind, PocketSettings>> = {
  pocket: {
    shape: { hiddenSize: 128, layers: 4, heads: 8, intermediateSize: 384 },
    training: {
      model: 'pocket',
      seed: 0,
      steps: 2200,
      batchSize: 96,
      warmupSteps: 50,
      learningRate: 3e-3,
      finalShare: 0.05,
      first: learning,
      last: careless,
      firstPart: 0.75,
      stepsPerRow: 10,
      rowsPerCheckpoint: 10,
    },
  },
  teacher: {
    shape: { hiddenSize: 256, layers: 6, heads: 8, intermediateSize: 704 },
    training: {
      model: 'teacher',
      seed: 0,
      steps: 1200,
      batchSize: 64,
      warmupSteps: 50,
      learningRate: 2e-3,
      finalShare: 0.05,
      first: { ...learning, wrongSums: 0 },
      last: careful,
      firstPart: 0.5,
      stepsPerRow: 10,
      rowsPerCheckpoint: 10,
    },
  },
};
