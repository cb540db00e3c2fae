/** The evaluators as a plugin provides them: their options, and what is made of them. */
import type { Evaluator, EvaluatorSource, RowSource } from '@tinsmith/core';
import { createGrader, type Grader } from '@tinsmith/grader-math';
import type { z } from 'zod';
import { conversationTask, conversationTaskOptions } from './conversations.js';
import { gsm8k, gsm8kOptions } from './gsm8k.js';
import { ifeval, ifevalOptions } from './ifeval.js';
import { math500, math500Options } from './math500.js';
import { nll, nllOptions } from './nll.js';
import { taskEvaluator } from './task-evaluator.js';

type Rows = RowSource | undefined;

/** `create` gets what the schema has made of the options. */
function sourceOf<S extends z.ZodType>(
  options: S,
  create: (given: z.output<S>) => Evaluator,
): EvaluatorSource {
  return { specification: 'v1', options, create: given => create(given as z.output<S>) };
}

export const nllSource = (rows: Rows): EvaluatorSource => sourceOf(nllOptions, given => nll(given, rows));

export const gsm8kSource = (rows: Rows): EvaluatorSource =>
  sourceOf(gsm8kOptions, given => taskEvaluator(gsm8k(given, rows)));

export const ifevalSource = (rows: Rows): EvaluatorSource =>
  sourceOf(ifevalOptions, given => taskEvaluator(ifeval(given, rows)));

/** Owns a grader of mathematics with its thread, which `close` ends. */
export interface GradedSource extends EvaluatorSource {
  close(): Promise<void>;
}

export const math500Source = (rows: Rows): GradedSource =>
  graded(grader => sourceOf(math500Options, given => taskEvaluator(math500(given, rows, grader))));

export const conversationSource = (rows: Rows): GradedSource =>
  graded(grader =>
    sourceOf(conversationTaskOptions, given => taskEvaluator(conversationTask(given, rows, grader))),
  );

function graded(make: (grader: Grader) => EvaluatorSource): GradedSource {
  const grader = createGrader();
  return { ...make(grader), close: () => grader.dispose() };
}
