/**
 * Soft targets: in place of the one token that stands in the text, the K likeliest ones of a teacher at each position, weighted by
 * its probabilities (cookbook-algorithms, section 10). A text teaches more per token so: also what could have stood there.
 */
import {
  type Datum,
  float32,
  int64,
  type Metrics,
  type SampleResponse,
  type SamplingClient,
  TinsmithError,
} from '@tinsmith/core';
import { scoredSequence } from '@tinsmith/training';

export type TopLogprobs = NonNullable<SampleResponse['topkPromptLogprobs']>;

/**
 * Targets and weights of N x K. The weights of a position are the teacher's probabilities, divided by what the K of them add up to;
 * a position without a weight keeps none. What the weights were does not matter, only where there are any: each position that is
 * learnt counts as one. Fewer than K tokens are filled up with the first one, at weight 0.
 *
 * @param top per token of the input and the last target; the first, which nothing predicts, is null
 * @throws SOFT_TARGETS_MISSING if the teacher did not say what is likely at a position
 */
export function softTargets({ modelInput, lossFnInputs }: Datum, top: TopLogprobs, count: number): Datum {
  const weights = lossFnInputs['weights']!.data;
  const places = weights.length;
  const known = top.slice(-places);
  const targets: number[] = [];
  const soft = new Float32Array(places * count);
  for (let place = 0; place < places; place++) {
    const likely = known[place]?.slice(0, count) ?? [];
    if (likely.length === 0) throw missing(`nothing at position ${place + 1} of ${places}`);
    const best = Math.max(...likely.map(([, logprob]) => logprob));
    const sum = likely.reduce((total, [, logprob]) => total + Math.exp(logprob - best), 0);
    for (let rank = 0; rank < count; rank++) {
      const [token, logprob] = likely[rank] ?? [likely[0]![0], -Infinity];
      targets.push(token);
      if (weights[place]! > 0) soft[place * count + rank] = Math.exp(logprob - best) / sum;
    }
  }
  const shape = [places, count];
  return {
    modelInput,
    lossFnInputs: { target_tokens: int64(targets, shape), weights: float32(soft, shape) },
  };
}

/**
 * Asks a teacher what it finds likely at each position of a text.
 * @throws SOFT_TARGETS_MISSING if its engine does not tell
 */
export async function askSoftTargets(
  datum: Datum,
  teacher: SamplingClient,
  { count, signal }: { readonly count: number; readonly signal: AbortSignal },
): Promise<Datum> {
  const { topkPromptLogprobs } = await teacher.sample({
    prompt: scoredSequence(datum),
    numSamples: 1,
    samplingParams: { maxTokens: 1, seed: 0 }, // what is sampled is not looked at
    includePromptLogprobs: true,
    topkPromptLogprobs: count,
    signal,
  });
  if (!topkPromptLogprobs) throw missing('no topkPromptLogprobs in its answer');
  return softTargets(datum, topkPromptLogprobs, count);
}

/**
 * `teacher_forward_kl`: how far the student is from the soft targets, KL(targets, student) as a mean over the positions that are
 * learnt. {} if there are none.
 * @param logprobs of the targets under the student, one list per datum
 */
export function softTargetKl(data: readonly Datum[], logprobs: readonly ArrayLike<number>[]): Metrics {
  let sum = 0;
  let places = 0;
  for (const [index, { lossFnInputs }] of data.entries()) {
    Array.prototype.forEach.call(lossFnInputs['weights']!.data, (weight: number, i: number) => {
      places += weight; // those of a position add up to 1
      if (weight > 0) sum += weight * (Math.log(weight) - logprobs[index]![i]!);
    });
  }
  return places > 0 ? { teacher_forward_kl: sum / places } : {};
}

const missing = (found: string) =>
  new TinsmithError({
    code: 'SOFT_TARGETS_MISSING',
    message:
      'the teacher does not say which tokens it finds likely, so there is nothing to make soft targets of',
    at: 'recipe.with.softTargets',
    found,
    fix: 'a teacherEngine that gives the likeliest tokens of a prompt, or no softTargets',
  });
