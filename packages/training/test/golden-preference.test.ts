/** Preference learning against the reference's results: comparisons, rewards from a judge, the loss. */
import { type Comparison, type Message, modelInput } from '@tinsmith/core';
import { expect, test } from 'vitest';
import {
  comparisonMessages,
  dpoLoss,
  dpoLossFn,
  labelledMessages,
  type MatchupPattern,
  matchups,
  pairsOf,
  pairwiseRewards,
  type PreferenceLabel,
  readPreference,
  rewardModelExample,
  swapped,
  swapSequence,
  winRate,
} from '../src/index.js';
import { goldenRows, isClose, testGoldenRows } from './golden.js';

/** `shorter_judge` belongs to the recipe of that name, in @tinsmith/recipe-preference. */
const KNOWN = `dpo matchups pairwise_rewards judge_score rm_example rm_swap_sequence comparison_evaluator dpo_pairing shorter_judge`;

test('every operation of preference is known', () => {
  const ops = new Set(goldenRows('preference').map(row => row.op));
  expect([...ops].filter(op => !KNOWN.split(' ').includes(op))).toEqual([]);
});

interface Side {
  readonly logprobs: number[];
  readonly ref_logprobs: number[];
  readonly weights: number[];
}
interface DpoExpected {
  readonly metrics: Readonly<Record<string, number | string>>;
  readonly gradients: readonly { readonly chosen: number[]; readonly rejected: number[] }[];
}

const sideOf = ({ logprobs, ref_logprobs, weights }: Side) => ({
  logprobs,
  referenceLogprobs: ref_logprobs,
  weights,
});
const far = (ours: ArrayLike<number>, wanted: readonly (number | string)[]) =>
  wanted.filter((value, index) => !isClose(ours[index]!, value));

testGoldenRows<{ pairs: { chosen: Side; rejected: Side }[]; beta: number }, DpoExpected>(
  'preference',
  'dpo',
  async ({ input, expected }) => {
    const { loss, metrics, gradients } = dpoLoss(
      input.pairs.map(({ chosen, rejected }) => ({ chosen: sideOf(chosen), rejected: sideOf(rejected) })),
      input.beta,
    );
    expect(Object.keys(metrics).toSorted()).toEqual(Object.keys(expected.metrics).toSorted());
    for (const [name, value] of Object.entries(expected.metrics))
      expect([name, isClose(metrics[name]!, value)]).toEqual([name, true]);
    expect(loss).toBe(metrics['dpo_loss']);
    for (const [index, { chosen, rejected }] of expected.gradients.entries()) {
      expect(far(gradients[index]!.chosen, chosen)).toEqual([]);
      expect(far(gradients[index]!.rejected, rejected)).toEqual([]);
    }
    // The same through data, as an engine asks for it.
    const sides = input.pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]);
    const data = sides.map(({ weights }) => ({
      modelInput: modelInput([0]),
      lossFnInputs: { weights: { data: weights, dtype: 'float32' as const } },
    }));
    const custom = await dpoLossFn(
      sides.map(one => one.ref_logprobs),
      input.beta,
    )(
      data,
      sides.map(({ logprobs }) => Float32Array.from(logprobs)),
    );
    const wanted = expected.gradients.flatMap(({ chosen, rejected }) => [chosen, rejected]);
    expect(wanted.map((gradient, index) => far(custom.gradients[index]!, gradient))).toEqual(
      wanted.map(() => []),
    );
  },
);

testGoldenRows<{ n_datums: number }, { chosen: number[]; rejected: number[]; num_pairs: number }>(
  'preference',
  'dpo_pairing',
  ({ input, expected }) => {
    const pairs = pairsOf(Array.from({ length: input.n_datums }, (_, index) => index));
    expect(pairs).toHaveLength(expected.num_pairs);
    expect(pairs.map(([chosen]) => chosen)).toEqual(expected.chosen);
    expect(pairs.map(([, rejected]) => rejected)).toEqual(expected.rejected);
  },
);

testGoldenRows<
  { n: number; pattern: MatchupPattern; matchup_group_size: number },
  { pairs: [number, number][] }
>('preference', 'matchups', ({ input: { n, pattern, matchup_group_size }, expected }) => {
  expect(matchups(n, { pattern, matchupGroupSize: matchup_group_size })).toEqual(expected.pairs);
});

interface PairwiseInput {
  readonly replies: readonly { readonly text: string; readonly valid: boolean }[];
  readonly pattern: MatchupPattern;
  readonly matchup_group_size: number;
  readonly judge: readonly (readonly [number, number, number])[];
}
interface PairwiseExpected {
  readonly rewards: number[];
  readonly metrics: readonly { readonly win_minus_loss: number; readonly format: number }[];
}

testGoldenRows<PairwiseInput, PairwiseExpected>(
  'preference',
  'pairwise_rewards',
  async ({ input: { replies, pattern, matchup_group_size, judge }, expected }) => {
    const answers = judge.values();
    const rewards = await pairwiseRewards(
      [{ role: 'user', content: 'q' }],
      replies.map(({ text, valid }) => ({ message: { role: 'assistant', content: text }, isValid: valid })),
      async ({ completionA, completionB }) => {
        const [first, second, score] = answers.next().value!;
        expect([completionA[0]!.content, completionB[0]!.content]).toEqual([
          replies[first]!.text,
          replies[second]!.text,
        ]);
        return { score };
      },
      { pattern, matchupGroupSize: matchup_group_size },
    );
    expect(answers.next().done).toBe(true);
    expect(
      far(
        rewards.map(({ reward }) => reward),
        expected.rewards,
      ),
    ).toEqual([]);
    expect(rewards).toHaveLength(expected.rewards.length);
    for (const [index, metrics] of expected.metrics.entries()) {
      expect(Object.keys(rewards[index]!.metrics!).toSorted()).toEqual(Object.keys(metrics).toSorted());
      for (const [name, value] of Object.entries(metrics))
        expect(isClose(rewards[index]!.metrics![name]!, value)).toBe(true);
    }
  },
);

testGoldenRows<{ output: string }, { score: number; prompt?: Message[] }>(
  'preference',
  'judge_score',
  ({ input, expected }) => {
    expect(readPreference(input.output).score).toBe(expected.score);
    if (!expected.prompt) return;
    const [question, , a, , b] = expected.prompt;
    const messages = comparisonMessages({ prompt: [question!], completionA: [a!], completionB: [b!] });
    expect(messages).toEqual(expected.prompt);
  },
);

const answer = (content: string): Message[] => [{ role: 'assistant', content }];

interface ExampleInput {
  readonly prompt: Message[];
  readonly completion_a: string;
  readonly completion_b: string;
  readonly label: PreferenceLabel;
  readonly swap: boolean;
  readonly rendered_tokens: number[];
  readonly rendered_weights: number[];
}

testGoldenRows<ExampleInput, { messages: Message[]; tokens: number[]; weights: number[] }>(
  'preference',
  'rm_example',
  ({ input, expected }) => {
    const comparison: Comparison = {
      prompt: input.prompt,
      completionA: answer(input.completion_a),
      completionB: answer(input.completion_b),
    };
    const read = { comparison, label: input.label };
    const labelled = input.swap ? swapped(read) : read;
    expect(labelledMessages(labelled)).toEqual(expected.messages);
    const { tokens, weights } = rewardModelExample(labelled, {
      buildSupervisedExample: messages => {
        expect(messages).toEqual(expected.messages);
        return { tokens: input.rendered_tokens, weights: input.rendered_weights };
      },
    });
    expect({ tokens, weights }).toEqual({ tokens: expected.tokens, weights: expected.weights });
  },
);

testGoldenRows<{ n_rows: number; seed: number }, { swap: boolean[] }>(
  'preference',
  'rm_swap_sequence',
  ({ input, expected }) => {
    expect(swapSequence(input.n_rows, input.seed)).toEqual(expected.swap);
  },
);

testGoldenRows<{ scores: [number, number][] }, { win_rate: number; stderr: number }>(
  'preference',
  'comparison_evaluator',
  ({ input, expected }) => {
    const ours = winRate(input.scores);
    expect(isClose(ours.win_rate, expected.win_rate)).toBe(true);
    expect(isClose(ours.stderr, expected.stderr)).toBe(true);
  },
);
