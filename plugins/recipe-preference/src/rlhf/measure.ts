/** How good the reward model and the policy are, on comparisons that were held out. */
import {
  askJudge,
  type Evaluator,
  type Judge,
  type Message,
  type Metrics,
  type SamplingClient,
} from '@tinsmith/core';
import {
  type LabelledComparison,
  messageCompleter,
  mixSeed,
  modelJudge,
  preferredAndOther,
  swapped,
  winRate,
} from '@tinsmith/training';
import type { RlhfParts } from './open.js';
import type { RlhfOptions } from './options.js';

/**
 * `accuracy`: how often the judge says what people said, each comparison asked both ways. `judge_unreadable`: how often it said
 * something else than A, B or Tie.
 */
export async function accuracyOf(
  judge: Judge,
  comparisons: readonly LabelledComparison[],
  signal: AbortSignal,
): Promise<Metrics> {
  const asked = comparisons.flatMap(labelled => [labelled, swapped(labelled)]);
  const judged = await Promise.all(
    asked.map(async ({ comparison, label }) => {
      const { score, problem } = await askJudge(judge, comparison, { name: 'the reward model', signal });
      return { isRight: label === 'A' ? score < 0 : score > 0, isUnreadable: problem !== undefined };
    }),
  );
  const share = (count: number) => count / judged.length;
  return {
    accuracy: share(judged.filter(({ isRight }) => isRight).length),
    judge_unreadable: share(judged.filter(({ isUnreadable }) => isUnreadable).length),
  };
}

/** Of the reward model while it is trained: `test/accuracy`, `test/judge_unreadable`. */
export function accuracyEvaluator(comparisons: readonly LabelledComparison[]): Evaluator {
  return {
    name: 'accuracy',
    async evaluate({ sampling, renderer, tokenizer, signal }) {
      const judge = modelJudge({ policy: await sampling(), renderer, tokenizer });
      return { metrics: prefixed('test/', await accuracyOf(judge, comparisons, signal)) };
    },
  };
}

/**
 * Of the policy while it is trained, on the judge's word: `win_rate` and `stderr` against the answers that people preferred, as in the
 * reference; `win_rate_sft` and `stderr_sft` against the model of stage 1.
 */
export async function winRateEvaluator(
  options: RlhfOptions,
  parts: RlhfParts,
  runSeed: number,
): Promise<Evaluator> {
  const { engine, renderer, heldOut } = parts;
  const { sft } = await parts.left();
  const judge = await parts.judge();
  const prompts = heldOut.map(({ comparison }) => comparison.prompt);
  const preferred = heldOut.map(labelled => preferredAndOther(labelled)!.chosen.slice(-1));
  const answers = async (policy: SamplingClient, seed: number, signal: AbortSignal) => {
    const complete = messageCompleter(policy, { renderer, maxTokens: options.rlMaxTokens });
    return Promise.all(
      prompts.map(async (prompt, index) => [await complete(prompt, { seed: mixSeed(seed, index), signal })]),
    );
  };
  let ofSft: Promise<Message[][]> | undefined; // sampled once: the weights do not change

  return {
    name: 'win_rate',
    async evaluate({ sampling, seed, signal }) {
      ofSft ??= snapshotOf(sft!).then(client => answers(client, runSeed, signal));
      const ours = await answers(await sampling(), seed, signal);
      const [people, before] = await Promise.all(
        [preferred, await ofSft].map(others => compareAll(judge, { prompts, ours, others }, signal)),
      );
      return {
        metrics: {
          ...people!,
          win_rate_sft: before!.win_rate,
          stderr_sft: before!.stderr,
        },
      };
    },
  };

  async function snapshotOf(state: string): Promise<SamplingClient> {
    return (await engine.createTrainingClientFromState(state)).saveWeightsAndGetSamplingClient();
  }
}

interface Rivals {
  readonly prompts: readonly (readonly Message[])[];
  readonly ours: readonly (readonly Message[])[];
  readonly others: readonly (readonly Message[])[];
}

async function compareAll(judge: Judge, { prompts, ours, others }: Rivals, signal: AbortSignal) {
  const ask = async (index: number, first: Rivals['ours'], second: Rivals['ours']) => {
    const comparison = { prompt: prompts[index]!, completionA: first[index]!, completionB: second[index]! };
    return (await askJudge(judge, comparison, { signal })).score;
  };
  const scores = prompts.map((_, index) =>
    Promise.all([ask(index, others, ours), ask(index, ours, others)] as const),
  );
  return winRate(await Promise.all(scores));
}

export const prefixed = (prefix: string, metrics: Metrics): Metrics =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`${prefix}${name}`, value]));
