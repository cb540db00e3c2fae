/**
 * What a model can do, by asking it: exercises that it has not seen, greedily and sampled, and whole games. Samples through
 * an engine; knows nothing about training.
 */
import { type SamplingClient, textOf } from '@tinsmith/core';
import { answerOf, type Exercise } from '../tasks/index.js';
import { type Examination, examinations } from './examinations.js';
import { playGames } from './play-games.js';
import type { ExerciseRenderer } from './renderers.js';

/** Shares of 1. */
export interface Accuracy {
  readonly right: number;
  /** The turn ends. */
  readonly ended: number;
}

export interface Answers {
  readonly greedy: Accuracy;
  /** At temperature 1. */
  readonly sampled: Accuracy;
}

export interface Evaluation {
  readonly answers: Readonly<Record<string, Answers>>;
  /** Sampled games and lengths: what each number is, its name says. */
  readonly measures: Readonly<Record<string, number>>;
}

export interface Reply {
  readonly text: string;
  readonly hasEnded: boolean;
  readonly tokens: number;
}

export async function evaluate(model: SamplingClient, renderer: ExerciseRenderer): Promise<Evaluation> {
  return {
    answers: await evaluateAnswers(model, renderer, examinations),
    measures: await playGames(model, renderer),
  };
}

export async function evaluateAnswers(
  model: SamplingClient,
  renderer: ExerciseRenderer,
  asked: readonly Examination[],
): Promise<Record<string, Answers>> {
  const answers: Record<string, Answers> = {};
  for (const examination of asked) {
    answers[examination.name] = {
      greedy: await examine(model, renderer, examination, 0),
      sampled: await examine(model, renderer, examination, 1),
    };
  }
  return answers;
}

async function examine(
  model: SamplingClient,
  renderer: ExerciseRenderer,
  { exercises, isRight = (text, exercise) => text === answerOf(exercise) }: Examination,
  temperature: 0 | 1,
): Promise<Accuracy> {
  const replies = await ask(model, renderer, exercises, { temperature, samples: temperature === 0 ? 1 : 4 });
  const all = replies.flatMap((samples, index) =>
    samples.map(({ text, hasEnded }) => ({
      hasEnded,
      isRight: hasEnded && isRight(text, exercises[index]!),
    })),
  );
  const share = (key: 'hasEnded' | 'isRight') => round(all.filter(reply => reply[key]).length / all.length);
  return { right: share('isRight'), ended: share('hasEnded') };
}

const round = (value: number): number => Math.round(1e4 * value) / 1e4;

/** The replies to each exercise's prompt. */
export async function ask(
  model: SamplingClient,
  renderer: ExerciseRenderer,
  exercises: readonly Exercise[],
  { temperature, samples, seed = 0 }: { temperature: number; samples: number; seed?: number },
): Promise<Reply[][]> {
  const responses = await Promise.all(
    exercises.map((exercise, index) => {
      const format = renderer.rendererOf(exercise);
      return model.sample({
        prompt: format.buildGenerationPrompt(renderer.prompt(exercise)),
        numSamples: samples,
        samplingParams: {
          maxTokens: 80,
          temperature,
          seed: seed + index * samples,
          stop: format.stopSequences,
        },
      });
    }),
  );
  return responses.map(({ sequences }, index) =>
    sequences.map(({ tokens }) => {
      const { message, termination } = renderer.rendererOf(exercises[index]!).parseResponse(tokens);
      const call = message.tool_calls?.[0]?.function;
      return {
        text: call ? `${call.name}(${call.arguments})` : textOf(message),
        hasEnded: termination !== 'malformed',
        tokens: tokens.length,
      };
    }),
  );
}
