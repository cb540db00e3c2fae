/**
 * Answers to the same prompt that are compared with each other: who plays whom, and what each earns (cookbook-algorithms, section 9).
 * Knows nothing about how a judge judges.
 */
import {
  askJudge,
  type Comparison,
  type Env,
  type EnvGroupBuilder,
  type GroupReward,
  type Judge,
  type Judgement,
  type Message,
  type Renderer,
  textOf,
  type Trajectory,
} from '@tinsmith/core';

/** All ordered pairs, or each pair once. */
export const matchupPatterns = ['all_pairs_both_ways', 'all_pairs_one_way'] as const;
export type MatchupPattern = (typeof matchupPatterns)[number];

export interface MatchupOptions {
  /** Default both ways: a judge that likes the first place likes nobody in particular. */
  readonly pattern?: MatchupPattern | undefined;
  /** Answers are compared within parts of so many. Default 4. */
  readonly matchupGroupSize?: number | undefined;
}

/** Who is compared with whom, as indices [first, second], in the order in which the judge is asked. */
export function matchups(
  count: number,
  { pattern = 'all_pairs_both_ways', matchupGroupSize = 4 }: MatchupOptions = {},
): [first: number, second: number][] {
  return Array.from({ length: Math.ceil(count / matchupGroupSize) }, (_, part) => {
    const start = part * matchupGroupSize;
    const members = Array.from(
      { length: Math.min(matchupGroupSize, count - start) },
      (_member, i) => start + i,
    );
    return members.flatMap(first =>
      members
        .filter(second => (pattern === 'all_pairs_both_ways' ? second !== first : second > first))
        .map(second => [first, second] as [number, number]),
    );
  }).flat();
}

export interface PairwiseOptions extends MatchupOptions {
  /** What an answer costs that did not end its turn. Default 1. */
  readonly formatCoef?: number | undefined;
}

export interface PairwiseReply {
  readonly message: Message;
  /** It ended with the stop sequence of the chat format. */
  readonly isValid: boolean;
}

/**
 * Per answer (wins - losses) / matches, less `formatCoef` if it did not end its turn. An answer without a match, alone in the last
 * part, wins and loses nothing. Metrics: `win_minus_loss`, `format`, and `judge_unreadable`, the share of its matches in which the
 * judge had no opinion that can be read, if there is one.
 */
export async function pairwiseRewards(
  prompt: readonly Message[],
  replies: readonly PairwiseReply[],
  compare: (comparison: Comparison) => Promise<Judgement>,
  { formatCoef = 1, ...options }: PairwiseOptions = {},
): Promise<GroupReward[]> {
  const results = await Promise.all(
    matchups(replies.length, options).map(async ([first, second]) => {
      const [completionA, completionB] = [[replies[first]!.message], [replies[second]!.message]];
      return { first, second, ...(await compare({ prompt, completionA, completionB })) };
    }),
  );
  return replies.map(({ isValid }, index) => {
    const own = results.filter(({ first, second }) => first === index || second === index);
    const balance = own.reduce((sum, { second, score }) => sum + (second === index ? score : -score), 0);
    const winMinusLoss = own.length === 0 ? 0 : balance / own.length;
    const unreadable = own.filter(({ problem }) => problem !== undefined).length;
    const format = isValid ? 1 : 0;
    return {
      reward: winMinusLoss + formatCoef * (format - 1),
      metrics: {
        win_minus_loss: winMinusLoss,
        format,
        ...(unreadable > 0 && { judge_unreadable: unreadable / own.length }),
      },
    };
  });
}

export interface PairwiseGroupOptions extends PairwiseOptions {
  readonly prompt: readonly Message[];
  readonly renderer: Renderer;
  readonly groupSize: number;
  readonly judge: Judge;
  /** For messages about it. */
  readonly judgeName?: string | undefined;
  /** Names that metrics are split by. */
  readonly tags: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** `groupSize` answers to one prompt; what they earn is known when all are there. */
export function pairwiseGroup({
  prompt,
  renderer,
  groupSize,
  judge,
  judgeName: name,
  tags,
  signal,
  ...options
}: PairwiseGroupOptions): EnvGroupBuilder {
  const env: Env = {
    initialObservation: () => ({
      input: renderer.buildGenerationPrompt(prompt),
      stop: renderer.stopSequences,
    }),
    step: ({ tokens }) => ({
      reward: 0,
      episodeDone: true,
      logs: {
        prompt: prompt.map(({ role, content }) => `${role}: ${textOf({ content })}`).join('\n'),
        answer: textOf(renderer.parseResponse(tokens).message),
      },
    }),
  };
  const replyOf = ({ transitions }: Trajectory): PairwiseReply => {
    const { message, termination } = renderer.parseResponse(transitions.at(-1)!.action.tokens);
    return { message, isValid: termination === 'stop_sequence' };
  };
  return {
    tags,
    makeEnvs: () => Array.from({ length: groupSize }, () => env),
    computeGroupRewards: trajectories =>
      pairwiseRewards(
        prompt,
        trajectories.map(replyOf),
        comparison => askJudge(judge, comparison, { ...(name !== undefined && { name }), signal }),
        options,
      ),
  };
}
