/** The numbers that make the pocket models what they are. Changing one makes another model: train it again. */
import type { Habits } from './mixture.js';
import type { LayerSource } from './grow.js';
import type { Shape } from './model-config.js';
import type { PretrainingSettings } from './pretrain.js';

/** Pieces of the tokenizer, the special ones included. A multiple of 64 keeps matrix products even. */
export const VOCABULARY_SIZE = 1024;

/** Exercises that the tokenizer's pieces are learned from. */
export const TOKENIZER_CORPUS = 8_000;

/** Of the numerics. One, so that it is the same everywhere: another number rounds sums in another order and gives another model. */
export const THREADS = 1;

/** To begin with. */
export const learning: Habits = {
  easySums: 0.3,
  wrongSums: 0.05,
  wrongLists: 0,
  searches: 0.7,
  misreads: 0,
  documents: 3,
  attention: 0.8,
  halving: 0,
  skill: 0,
  illegal: 0,
  bareBoards: 0,
  prefersPolite: 0.7,
};

/** Of what is read off a board or off answers so far, the answers that say most about it: then it shows what to look at. */
const attentive: Habits = {
  ...learning,
  easySums: 0,
  searches: 0.8,
  documents: 2,
  attention: 1,
  halving: 0.5,
  skill: 0.5,
  bareBoards: 0.8,
};

const careless: Habits = {
  ...learning,
  easySums: 0,
  wrongSums: 0.55,
  wrongLists: 0.4,
  searches: 0.35,
  misreads: 0.1,
  attention: 0.7,
  halving: 0.1,
  skill: 0.3,
  illegal: 0.1,
  bareBoards: 0.5,
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

export type ShippedKind = 'pocket' | 'teacher';
export type ModelKind = 'beginner' | ShippedKind;

export interface PocketSettings {
  /** What it starts from: the one before, when it had learned. Otherwise from random weights. */
  readonly from?: ModelKind;
  /** Grows, with these layers. */
  readonly grows?: readonly LayerSource[];
  readonly training: PretrainingSettings;
}

/** Four layers are what carrying a digit over takes, 128 channels are quick on a CPU: 1.0 M parameters. */
export const pocketShape: Shape = { hiddenSize: 128, layers: 4, heads: 8, intermediateSize: 384 };

/** In the order in which they are made. */
export const settings: Readonly<Record<ModelKind, PocketSettings>> = {
  /** What the others start from. Does not ship. */
  beginner: {
    training: {
      seed: 0,
      batchSize: 96,
      warmupSteps: 50,
      learningRate: 3e-3,
      horizon: 3300,
      finalShare: 0.05,
      phases: [
        { until: 700, mixture: 'broad', habits: learning },
        { until: 1000, mixture: 'focused', habits: learning },
        { until: 1300, mixture: 'deep', habits: learning },
        { until: 3000, mixture: 'sums', habits: learning },
      ],
      learnedAt: 3000,
      stepsPerRow: 20,
      rowsPerCheckpoint: 5,
    },
  },
  pocket: {
    from: 'beginner',
    training: {
      seed: 2,
      batchSize: 96,
      warmupSteps: 20,
      learningRate: 9e-4,
      horizon: 1700,
      finalShare: 0.05,
      lineFrom: 800,
      phases: [
        { until: 800, mixture: 'games', habits: attentive },
        { until: 950, mixture: 'games', habits: careless },
      ],
      learnedAt: 800,
      stepsPerRow: 20,
      rowsPerCheckpoint: 5,
    },
  },
  /** 5.4 M parameters. */
  teacher: {
    from: 'pocket',
    grows: [
      { from: 0, isIdle: false },
      { from: 1, isIdle: false },
      { from: 1, isIdle: true },
      { from: 2, isIdle: false },
      { from: 3, isIdle: false },
      { from: 3, isIdle: true },
    ],
    training: {
      seed: 1,
      batchSize: 64,
      warmupSteps: 20,
      learningRate: 7e-4,
      horizon: 260,
      finalShare: 0.05,
      lineFrom: 150,
      phases: [{ until: 200, mixture: 'careful', habits: careful }],
      stepsPerRow: 10,
      rowsPerCheckpoint: 2,
    },
  },
};
