/**
 * Texts that the teacher writes when they are needed: its answers to prompts. The same prompt in the same epoch gets the same
 * answer, so that a resumed run learns what the run before would have learnt. Empty answers are left out, and counted.
 */
import {
  type Datum,
  type Metrics,
  type Renderer,
  type Rows,
  type SamplingClient,
  type Tokenizer,
} from '@tinsmith/core';
import {
  inputOf,
  itemsOf,
  mixSeed,
  sideBySide,
  supervisedDatum,
  type SupervisedDataset,
} from '@tinsmith/training';
import { epochBatches, type EpochOptions } from './epochs.js';
import { cutPrompt } from './prompts.js';
import { answersEmpty, saysNothing } from './teacher-texts.js';

export interface AnswerOptions {
  readonly teacher: SamplingClient;
  readonly renderer: Renderer;
  readonly tokenizer: Tokenizer;
  readonly maxTokens: number;
  readonly temperature: number;
  /** Longer prompts are cut on the right; null: none is. */
  readonly maxPromptTokens: number | null;
  /** Requests at the same time. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Of data set and teacher, for people. */
  readonly name: string;
}

export interface AnsweredPrompts extends SupervisedDataset {
  /** Of a batch: `answer_tokens`, `empty_answers`, `cut_answers` (they ran into maxTokens). */
  count(data: readonly Datum[]): Metrics;
  /**
   * Of a batch: `teacher_forward_kl`, an estimate of KL(teacher, student) on what the teacher said, exact in expectation at
   * temperature 1.
   * @param logprobs of the targets under the student, one list per datum
   */
  forwardKl(data: readonly Datum[], logprobs: readonly ArrayLike<number>[]): Metrics;
}

interface Answer {
  readonly datum: Datum;
  /** Of the last tokens of the datum, under the teacher. */
  readonly logprobs: readonly number[];
  readonly isEmpty: boolean;
  readonly isCut: boolean;
}

/** @throws DATA_TOO_FEW_ROWS; when a batch is made TEACHER_ANSWERS_EMPTY if all of it is, TEACHER_FAILED */
export async function answeredPrompts(
  prompts: Rows<string>,
  options: AnswerOptions & EpochOptions,
): Promise<AnsweredPrompts> {
  const { seed, size, concurrency, name } = options;
  const batches = await epochBatches(prompts, options);
  const teacherLogprobs = new WeakMap<Datum, readonly number[]>();
  const counts = new WeakMap<Datum, Metrics>(); // by the first datum of a batch
  const tokensOf = (data: readonly Datum[]) => data.flatMap(datum => teacherLogprobs.get(datum)!);
  return {
    length: batches.length,
    async getBatch(epoch, index) {
      const asked = await batches.at(epoch, index);
      const answers = await sideBySide(
        asked,
        { limit: concurrency, signal: options.signal },
        (prompt, i, signal) => answer(prompt, mixSeed(seed, epoch, index * size + i), { ...options, signal }),
      );
      const said = answers.filter(({ isEmpty }) => !isEmpty);
      if (said.length === 0) {
        throw answersEmpty(`${answers.length} empty answers in a row`, {
          at: name,
          fix: 'another prompt, rendererName or teacherModel; look at what it answers with `maxTokens` tokens',
        });
      }
      for (const { datum, logprobs } of said) teacherLogprobs.set(datum, logprobs);
      counts.set(said[0]!.datum, {
        empty_answers: answers.length - said.length,
        cut_answers: said.filter(({ isCut }) => isCut).length,
      });
      return said.map(({ datum }) => datum);
    },
    count: data => ({ answer_tokens: tokensOf(data).length, ...(data[0] && counts.get(data[0])) }),
    forwardKl(data, logprobs) {
      const teacher = tokensOf(data);
      const student = data.flatMap((datum, index) =>
        Array.from(logprobs[index]!).slice(-teacherLogprobs.get(datum)!.length),
      );
      const sum = teacher.reduce((total, logprob, i) => total + logprob - student[i]!, 0);
      return { teacher_forward_kl: sum / teacher.length };
    },
  };
}

async function answer(
  prompt: string,
  seed: number,
  { teacher, renderer, tokenizer, maxTokens, temperature, maxPromptTokens, signal }: AnswerOptions,
): Promise<Answer> {
  const content = cutPrompt(prompt, tokenizer, maxPromptTokens);
  const input = renderer.buildGenerationPrompt([{ role: 'user', content }]);
  const { sequences } = await teacher.sample({
    prompt: input,
    numSamples: 1,
    samplingParams: { maxTokens, temperature, seed, stop: renderer.stopSequences },
    signal,
  });
  const { tokens, logprobs, stopReason } = sequences[0]!;
  const before = itemsOf(input);
  const isCut = stopReason === 'length';
  return {
    datum: supervisedDatum({
      tokens: itemsOf(inputOf([...before, ...tokens])),
      weights: [...before.map(() => 0), ...tokens.map(() => 1)],
    }),
    logprobs,
    isEmpty: saysNothing(renderer.parseResponse(tokens).message),
    isCut,
  };
}
