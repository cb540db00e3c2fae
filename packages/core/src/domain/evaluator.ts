/**
 * Evaluators: how good a model is, as numbers, on the way of a run or afterwards. An evaluator says what it measures; when it
 * is asked, and where the results go, is for those who ask.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { named } from '../token.js';
import type { SamplingClient, TrainingClient } from './engine.js';
import type { Renderer } from './renderer.js';
import type { Metrics } from './rollout.js';
import type { Tokenizer } from './tokenizer.js';

/** One message of an evaluated conversation, as the model saw it or said it. */
export interface EvaluatedTurn {
  readonly role: 'user' | 'assistant' | 'environment' | 'grader';
  readonly content: string;
  readonly tokenCount: number;
}

/** What came of one example, sampled once. */
export interface EvaluatedExample {
  /** The same for the same content, wherever it stands in the data: results are found again by it. */
  readonly id: string;
  /** 0 unless an example is sampled several times. */
  readonly sample: number;
  readonly turns: readonly EvaluatedTurn[];
  /** Right if above 0. */
  readonly reward: number;
  readonly metrics: Metrics;
  /** For people: what was expected, what was read from the answer. */
  readonly logs: Readonly<Record<string, string | number>>;
  /** The answer was cut at its longest length: it is not graded and counts as wrong. */
  readonly isTruncated: boolean;
  /** Why there is no answer; null if there is one. */
  readonly error: string | null;
  readonly seconds: number;
}

/** Remembers examples one by one, so that an evaluation that was interrupted goes on. */
export interface ExampleRecorder {
  /** What came of it before; undefined: it is still to be done. */
  readonly find: (id: string, sample: number) => EvaluatedExample | undefined;
  readonly add: (example: EvaluatedExample) => Promise<void>;
}

export interface EvaluationContext {
  /** A snapshot of the weights that are evaluated. Made when it is first asked for, once for all evaluators of a round. */
  readonly sampling: () => Promise<SamplingClient>;
  /** In a run: has the same weights as long as the evaluation lasts. Nothing but `forward` may be called. */
  readonly training?: TrainingClient | undefined;
  readonly renderer: Renderer;
  readonly tokenizer: Tokenizer;
  /** The same seed gives the same answers, as far as the engine can. */
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly examples?: ExampleRecorder | undefined;
}

export interface Evaluation {
  /** By the names that they have in metrics.jsonl: `eval/gsm8k/score`. */
  readonly metrics: Metrics;
  /** In the order of the data; samples of one example follow each other. Absent: it measures something else than answers. */
  readonly examples?: readonly EvaluatedExample[];
}

export interface Evaluator {
  /** For names of files and metrics. */
  readonly name: string;
  /** May be called again with other weights. Throws what went wrong with the data or the engine; a wrong answer is a result. */
  evaluate(context: EvaluationContext): Promise<Evaluation>;
}

export interface EvaluatorSource {
  readonly specification: 'v1';
  /** Options of its own; none: no options. */
  readonly options?: StandardSchemaV1;
  /** `options` as its schema made them; undefined without one. Reads nothing: data is read when it is first evaluated. */
  create(options: unknown): Evaluator | Promise<Evaluator>;
}

/** Evaluators, by the name that configs and command lines use. */
export const Evaluators = named<EvaluatorSource>('evaluator');
