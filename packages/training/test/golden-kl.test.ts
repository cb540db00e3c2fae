/** KL penalties and metrics against the reference's. */
import { type Datum, float32, inputTokens, int64, type Metrics, modelInput } from '@tinsmith/core';
import { expect } from 'vitest';
import { addKlPenalty, discountedFutureSum, klPrePost, scoredSequence, scoreTargets } from '../src/index.js';
import { isClose, testGoldenRows } from './golden.js';

interface GoldenDatum {
  readonly model_input: number[];
  readonly target_tokens: number[];
  readonly logprobs: number[];
  readonly mask: number[];
  readonly advantages: number[];
}
type Scores = readonly (readonly (number | null)[])[];

const datum = ({ model_input, target_tokens, logprobs, mask, advantages }: GoldenDatum): Datum => ({
  modelInput: modelInput(model_input),
  lossFnInputs: {
    target_tokens: int64(target_tokens),
    logprobs: float32(logprobs),
    mask: float32(mask),
    advantages: float32(advantages),
  },
});

/** Answers with the logprobs of the vector, in the order of the data. */
function scorer(scores: Scores) {
  const answers = scores.values();
  return {
    sample: () => Promise.reject(new Error('only scores')),
    computeLogprobs: async () => answers.next().value!,
  };
}

/** Deviation: where no token was sampled, the reference gives NaN. Ours refuses. */
const nothingSampled = (data: readonly GoldenDatum[]) => data.every(({ mask }) => mask.every(m => m === 0));
const refused = expect.objectContaining({ code: 'NO_ACTION_TOKENS' });

interface PostKl {
  readonly data: GoldenDatum[];
  readonly new_logprobs: Scores;
}
testGoldenRows<PostKl, Metrics & { scored_sequences: number[][] }>(
  'kl',
  'post_kl',
  async ({ input, expected }) => {
    const data = input.data.map(datum);
    const { scored_sequences, ...metrics } = expected;
    expect(data.map(one => inputTokens(scoredSequence(one)))).toEqual(scored_sequences);
    const logprobs = await scoreTargets(scorer(input.new_logprobs), data);
    if (nothingSampled(input.data)) return expect(() => klPrePost(data, logprobs)).toThrow(refused);
    const ours = klPrePost(data, logprobs);
    expect(Object.keys(ours)).toEqual(Object.keys(metrics));
    expect(Object.entries(metrics).filter(([key, value]) => !isClose(ours[key]!, value))).toEqual([]);
  },
);

interface Penalty {
  readonly data: GoldenDatum[];
  readonly reference_logprobs: Scores;
  readonly kl_penalty_coef: number;
  readonly kl_discount_factor: number;
}
testGoldenRows<Penalty, { kl_policy_base: number; advantages: number[][] }>(
  'kl',
  'kl_penalty',
  async ({ input, expected }) => {
    const data = input.data.map(datum);
    const logprobs = await scoreTargets(scorer(input.reference_logprobs), data);
    const penalise = () =>
      addKlPenalty(data, logprobs, {
        coefficient: input.kl_penalty_coef,
        discount: input.kl_discount_factor,
      });
    if (nothingSampled(input.data)) return expect(penalise).toThrow(refused);
    const { data: penalised, metrics } = penalise();
    expect(isClose(metrics['kl_policy_base']!, expected.kl_policy_base)).toBe(true);
    for (const [index, { mask, advantages: before }] of input.data.entries()) {
      const ours = penalised[index]!.lossFnInputs['advantages']!.data;
      expect(ours).toHaveLength(mask.length);
      const wrong = mask.filter((sampled, i) => {
        // Deviation: a discounted penalty of the reference spills onto observed tokens. Ours leaves them alone.
        const wanted = sampled > 0 ? expected.advantages[index]![i]! : before[i]!;
        return !isClose(ours[i]!, wanted);
      });
      expect(wrong).toEqual([]);
    }
  },
);

testGoldenRows<{ x: number[]; gamma: number }, { y: number[] }>(
  'kl',
  'discounted_future_sum',
  ({ input, expected }) => {
    const ours = discountedFutureSum(input.x, input.gamma);
    expect(ours).toHaveLength(expected.y.length);
    expect(ours.filter((value, index) => !isClose(value, expected.y[index]!))).toEqual([]);
  },
);
