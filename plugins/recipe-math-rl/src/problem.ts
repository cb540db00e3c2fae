/**
 * Problems with one question and one answer: environments of a single turn, graded by a function. Knows
 * nothing about where problems come from or what makes an answer right.
 */
import {
  type Env,
  type EnvGroupBuilder,
  type Message,
  type Renderer,
  type SampledSequence,
  type StepResult,
  textOf,
} from '@tinsmith/core';

export interface Problem {
  readonly question: string;
  /** What is right, for people. */
  readonly expected: string;
  /** A conversation in front of the question. */
  readonly examples: readonly Message[];
  readonly isCorrect: (answer: string) => boolean;
}

/** What a malformed answer costs. */
const FORMAT_PENALTY = 0.1;

export interface ProblemGroupOptions {
  readonly renderer: Renderer;
  readonly groupSize: number;
  readonly tag: string;
}

/** `groupSize` attempts at one problem. */
export function problemGroup(
  problem: Problem,
  { renderer, groupSize, tag }: ProblemGroupOptions,
): EnvGroupBuilder {
  return {
    tags: [tag],
    makeEnvs: () => Array.from({ length: groupSize }, () => problemEnv(problem, renderer)),
  };
}

function problemEnv({ question, expected, examples, isCorrect }: Problem, renderer: Renderer): Env {
  return {
    initialObservation: () => ({
      input: renderer.buildGenerationPrompt([...examples, { role: 'user', content: question }]),
      stop: renderer.stopSequences,
    }),

    step(action: SampledSequence): StepResult {
      const { message, termination } = renderer.parseResponse(action.tokens);
      const answer = textOf(message);
      const correct = isCorrect(answer) ? 1 : 0;
      const format = termination === 'stop_sequence' ? 1 : 0; // an answer that was cut off is malformed
      return {
        reward: correct + FORMAT_PENALTY * (format - 1),
        episodeDone: true,
        metrics: { format, correct },
        logs: { question, answer, expected },
      };
    },
  };
}
