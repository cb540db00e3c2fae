/** Evaluators on the way of a run: which are due, what becomes of one that throws, where their examples go. */
import {
  type Evaluator,
  messageOf,
  type Metrics,
  type Renderer,
  type Run,
  type SamplingClient,
  TinsmithError,
  type Tokenizer,
  type TrainingClient,
} from '@tinsmith/core';
import { isEvery } from '../cadence.js';
import { mixSeed } from '../seed.js';
import { storedExample } from './stored-example.js';

export interface ScheduledEvaluator {
  readonly evaluator: Evaluator;
  /** Steps between evaluations; 0: never. */
  readonly every: number;
}

export interface EvaluationRoundOptions {
  readonly evaluators: readonly ScheduledEvaluator[];
  readonly renderer: Renderer;
  readonly tokenizer: Tokenizer;
  /** What becomes of the run when an evaluator throws. */
  readonly onEvaluatorError: 'stop' | 'continue';
}

/** Measures the weights as they are; `training` gets no other calls until it is done. */
export type EvaluationRound = (step: number, training: TrainingClient) => Promise<Metrics>;

/**
 * Their metrics under the names that the evaluators give them. With `continue`, one that throws is logged and counted in
 * `evaluators_failed`, the others go on. Examples are in `iteration_NNNNNN/eval_<name>_trajectories.jsonl` of the run folder.
 * @throws EVALUATOR_FAILED with `stop`
 */
export function evaluationRound(run: Run, options: EvaluationRoundOptions): EvaluationRound {
  const { evaluators, renderer, tokenizer, onEvaluatorError } = options;

  return async (step, training) => {
    const due = evaluators.filter(({ every }) => isEvery(every, step));
    const metrics: Record<string, number> = {};
    let snapshot: Promise<SamplingClient> | undefined;
    const sampling = () => (snapshot ??= training.saveWeightsAndGetSamplingClient());
    for (const { evaluator } of due) {
      try {
        const { signal } = run;
        const seed = mixSeed(run.seed, step);
        const context = { sampling, training, renderer, tokenizer, seed, signal };
        const found = await run.span('run_evals', () => evaluator.evaluate(context));
        Object.assign(metrics, found.metrics);
        if (found.examples) {
          const lines = found.examples.map((example, index) =>
            storedExample(example, { benchmark: evaluator.name, index }),
          );
          await run.directory.write(exampleFile(step, evaluator.name), `${lines.join('\n')}\n`);
        }
      } catch (cause) {
        run.signal.throwIfAborted();
        if (onEvaluatorError === 'stop') throw failure(evaluator.name, step, cause);
        run.log(
          `the evaluator ${evaluator.name} failed before step ${step}, the run goes on: ${messageOf(cause)}`,
        );
        metrics['evaluators_failed'] = (metrics['evaluators_failed'] ?? 0) + 1;
      }
    }
    return metrics;
  };
}

const exampleFile = (step: number, name: string): string =>
  `iteration_${String(step).padStart(6, '0')}/eval_${name.replaceAll(/[^\w.-]/g, '_')}_trajectories.jsonl`;

const failure = (name: string, step: number, cause: unknown) =>
  new TinsmithError({
    code: 'EVALUATOR_FAILED',
    message: `the evaluator ${name} failed before step ${step}: ${messageOf(cause)}`,
    at: TinsmithError.is(cause) ? cause.at : undefined,
    found: TinsmithError.is(cause) ? cause.found : undefined,
    fix:
      (TinsmithError.is(cause) ? cause.fix : undefined) ??
      'mend the evaluator, or onEvaluatorError: continue to let runs go on without it',
    cause,
  });
