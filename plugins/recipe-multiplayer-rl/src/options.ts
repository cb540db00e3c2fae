/** Options of the recipes, with the Cookbook's defaults. */
import { rlLoopShape } from '@tinsmith/training/options';
import { z } from 'zod';

const count = z.int().positive();
const { learningRate, maxTokens, evalEvery } = rlLoopShape;

/** What the games with a secret share. */
const gameShape = {
  ...rlLoopShape,
  learningRate: learningRate.default(3e-5),
  evalEvery: evalEvery.default(5),
  groupSize: z.int().min(2).default(8).describe('Games with the same secret, compared with each other.'),
};

export const guessNumberOptions = z.strictObject({
  ...gameShape,
  maxTokens: maxTokens.default(64).describe('The longest turn.'),
  batchSize: count.default(32).describe('Numbers per step.'),
  testGroupSize: count.default(4).describe('Games per number when evaluating.'),
  upperBound: z.int().min(2).default(1024).describe('The numbers are from 0 up to, and without, this one.'),
  maxTurns: count.default(10).describe('Guesses in a game.'),
  trainFraction: z.number().gt(0).max(1).default(0.9).describe('The other numbers are evaluated on.'),
  numEpochs: count.default(1).describe('How often a run meets each number.'),
  playerRole: z
    .enum(['player', 'assistant'])
    .default('player')
    .describe(
      "How the model's own guesses stand in its prompt. assistant: a game is one sequence to train on.",
    ),
});

export type GuessNumberOptions = z.output<typeof guessNumberOptions>;

export const THE_COOKBOOKS_ANSWERER = 'Qwen/Qwen3.5-9B';

export const twentyQuestionsOptions = z.strictObject({
  ...gameShape,
  maxTokens: maxTokens.default(20).describe('The longest turn.'),
  batchSize: count.default(64).describe('Words per step.'),
  testGroupSize: count.default(32).describe('Games per word when evaluating.'),
  words: z.string().optional().describe('A file with one secret word a line. Default: common nouns.'),
  numEpochs: count.default(100).describe('How often a run meets each word.'),
  answererModel: z.string().default(THE_COOKBOOKS_ANSWERER).describe('The model that knows the word.'),
  answererEngine: z.string().optional().describe('The engine that it runs on. Default: engine.'),
  answererCheckpointPath: z.string().optional().describe('Its weights. Default: those of the base model.'),
  answererRendererName: z.string().optional().describe('Its chat format. Default: what it recommends.'),
  answererMaxTokens: count.default(5).describe('Its longest answer.'),
});

export type TwentyQuestionsOptions = z.output<typeof twentyQuestionsOptions>;

const seats = z.int().positive().multipleOf(2);
const opponent = z.enum(['base_model', 'random', 'optimal']);

export const textArenaOptions = z.strictObject({
  ...rlLoopShape,
  gameName: z.string().default('TicTacToe-v0').describe('A game that a plugin provides.'),
  learningRate: learningRate.default(3e-5),
  maxTokens: maxTokens.default(64).describe('The longest turn.'),
  evalEvery: evalEvery.default(5),
  batchSize: seats.default(512).describe('Seats per step: two per game.'),
  numTrainDatapoints: seats.default(40_960).describe('Seats in the whole run.'),
  numTestDatapoints: seats.default(128).describe('Seats against each opponent when evaluating.'),
  testOpponent: z
    .union([opponent, z.array(opponent).min(1)])
    .default('base_model')
    .describe('Whom to evaluate against: base_model, random, optimal, or a list of them.'),
  opponentMaxTokens: count.default(64).describe('The longest turn of base_model.'),
});

export type TextArenaOptions = z.output<typeof textArenaOptions>;
