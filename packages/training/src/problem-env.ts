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
  /** A conversation in front of the question. Default: none. */
  readonly examples?: readonly Message[];
  readonly isCorrect: (answer: string) => boolean | Promise<boolean>;
  /** Whether the answer has the form that was asked for. Default: any has. */
  readonly hasFormat?: (answer: string) => boolean;
}

/** What counts as malformed, and what it costs: the reference's defaults where nothing else is said. */
export interface FormatRules {
  /** False: an answer that ended with the model's end of text, not with the renderer's own stop sequence, has ended its turn too. Default true. */
  readonly requireStopSequence?: boolean;
  /** What a malformed answer costs. Default 0.1. */
  readonly formatCoef?: number;
}

export interface ProblemGroupOptions extends FormatRules {
  readonly renderer: Renderer;
  readonly groupSize: number;
  /** Names that metrics are split by. */
  readonly tags: readonly string[];
}

/**
 * `groupSize` attempts at one problem. The reward is 1 for a right answer and 0 for a wrong one, less 0.1 if it
 * has not the form that was asked for or did not end its turn.
 */
export function problemGroup(
  problem: Problem,
  { renderer, groupSize, tags, ...rules }: ProblemGroupOptions,
): EnvGroupBuilder {
  return {
    tags,
    makeEnvs: () => Array.from({ length: groupSize }, () => problemEnv(problem, renderer, rules)),
  };
}

function problemEnv(
  problem: Problem,
  renderer: Renderer,
  { requireStopSequence = true, formatCoef = 0.1 }: FormatRules,
): Env {
  const { question, expected, examples = [], isCorrect, hasFormat = () => true } = problem;
  return {
    initialObservation: () => ({
      input: renderer.buildGenerationPrompt([...examples, { role: 'user', content: question }]),
      stop: renderer.stopSequences,
    }),

    async step(action: SampledSequence): Promise<StepResult> {
      const { message, termination } = renderer.parseResponse(action.tokens);
      const answer = textOf(message);
      const correct = (await isCorrect(answer)) ? 1 : 0;
      // An answer that was cut off is malformed, whatever it says.
      const ended = termination === 'stop_sequence' || (termination === 'eos' && !requireStopSequence);
      const format = ended && hasFormat(answer) ? 1 : 0;
      return {
        reward: correct + formatCoef * (format - 1),
        episodeDone: true,
        metrics: { format, correct },
        logs: { question, answer, expected },
      };
    },
  };
}
