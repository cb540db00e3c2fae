/** The numbers that make the pocket model what it is. Changing one makes another model: train it again. */
import type { PretrainingSettings } from './pretrain.js';

/** Pieces of the tokenizer, the special ones included. A multiple of 64 keeps matrix products even. */
export const VOCABULARY_SIZE = 768;

/** Conversations that the tokenizer's pieces are learned from. */
export const TOKENIZER_CORPUS = 20_000;

/** Of the numerics. One, so that it is the same everywhere: another number rounds sums in another order and gives another model. */
export const THREADS = 1;

export const settings: PretrainingSettings = {
  seed: 0,
  steps: 1200,
  batchSize: 128,
  warmupSteps: 50,
  learningRate: 3e-3,
  finalShare: 0.05,
  first: { wrongShare: 0.1, easyShare: 0.3 },
  last: { wrongShare: 0.55, easyShare: 0 },
  firstPart: 0.65,
  stepsPerRow: 10,
  rowsPerCheckpoint: 10,
};
