/** The texts that off-policy distillation learns: of a data set, or written by the teacher as they are needed. */
import type { Renderer, RowSource, Run, SamplingClient, Tokenizer } from '@tinsmith/core';
import type { OffPolicyOptions } from './options.js';
import { openPrompts } from './prompts.js';
import { answeredPrompts } from './teacher-answers.js';
import { teacherTexts } from './teacher-texts.js';
import type { Texts } from './train-off-policy.js';

export interface TextParts {
  readonly rows: RowSource;
  readonly renderer: Renderer;
  readonly tokenizer: Tokenizer;
  readonly teacher: SamplingClient | undefined;
}

export async function openTexts(
  run: Pick<Run, 'seed' | 'signal' | 'log'>,
  options: OffPolicyOptions,
  { rows, renderer, tokenizer, teacher }: TextParts,
): Promise<Texts> {
  const {
    dataset,
    teacherModel,
    batchSize: size,
    maxPrompts: limit,
    bufferSize,
    maxLength,
    trainOnWhat,
  } = options;
  const order = { size, limit, bufferSize, seed: run.seed };
  if (options.answers === 'dataset' || !teacher) {
    const onEmpty = (count: number) =>
      run.log(`${count} conversations with an empty answer are left out of ${dataset}`);
    return teacherTexts(rows, options, { ...order, renderer, maxLength, trainOnWhat, onEmpty });
  }
  return answeredPrompts(await openPrompts(rows, options), {
    ...options,
    ...order,
    teacher,
    renderer,
    tokenizer,
    concurrency: options.teacherConcurrency,
    signal: run.signal,
    name: `${teacherModel}, asked from ${dataset}`,
  });
}
