/**
 * Answers the sample requests of one message: groups them by sampler, scores prompts where asked, samples each group together.
 * Knows nothing of threads.
 */
import { TinsmithError } from '@tinsmith/core';
import { recordError } from '../worker/error-record.js';
import type { SampleCall, SampleOutcome, SampleReply, SamplerId } from '../worker/messages.js';
import type { Policy } from '../worker/policy.js';
import { type Sample, sampleTogether } from './sampler.js';
import { scoreSequences, scoreWithTop } from './score.js';
import type { Decode } from './stop-rule.js';

export interface SamplerAccess {
  readonly policy: Policy;
  readonly maxTokens: number;
  readonly loadDecode: () => Promise<Decode>;
}

/**
 * @param cancelled ids of requests that nobody waits for; grows while this runs, and loses those that were answered.
 * @returns one outcome per call, in order
 */
export async function sampleCalls(
  calls: readonly SampleCall[],
  cancelled: Set<number>,
  access: (sampler: SamplerId) => SamplerAccess,
): Promise<SampleOutcome[]> {
  const outcomes: SampleOutcome[] = [];
  const groups = Map.groupBy(calls.keys(), index => calls[index]!.sampler);
  for (const [sampler, indexes] of groups) {
    const group = indexes.map(index => calls[index]!);
    const results = await answerGroup(group, cancelled, () => access(sampler));
    indexes.forEach((index, i) => (outcomes[index] = results[i]!));
  }
  for (const { id } of calls) cancelled.delete(id);
  return outcomes;
}

async function answerGroup(
  calls: readonly SampleCall[],
  cancelled: ReadonlySet<number>,
  open: () => SamplerAccess,
): Promise<SampleOutcome[]> {
  try {
    const { policy, maxTokens, loadDecode } = open();
    const decode = calls.some(needsText) ? await orError(loadDecode()) : undefined;
    if (TinsmithError.is(decode))
      return answerWithoutText(calls, decode, rest => answerGroup(rest, cancelled, open));
    const jobs = calls.map(call => ({ ...call, isCancelled: () => cancelled.has(call.id) }));
    const scores = await scorePrompts(policy, calls);
    const samples = await sampleTogether(policy, jobs, maxTokens, decode);
    return calls.map((_, index) => ({
      ok: true,
      reply: { ...packSamples(samples[index]!), ...scores[index]! },
    }));
  } catch (error) {
    return calls.map(() => failure(error));
  }
}

const needsText = ({ options }: SampleCall) => options.stopStrings.length > 0;
const failure = (error: unknown): SampleOutcome => ({ ok: false, error: recordError(error) });

async function orError<T>(promise: Promise<T>): Promise<T | TinsmithError> {
  try {
    return await promise;
  } catch (error) {
    if (TinsmithError.is(error)) return error;
    throw error;
  }
}

/** Without a tokenizer, requests with stop strings fail; the others do not suffer. */
async function answerWithoutText(
  calls: readonly SampleCall[],
  error: TinsmithError,
  answer: (calls: readonly SampleCall[]) => Promise<SampleOutcome[]>,
): Promise<SampleOutcome[]> {
  const others = await answer(calls.filter(call => !needsText(call)));
  return calls.map(call => (needsText(call) ? failure(error) : others.shift()!));
}

type PromptScores = Pick<SampleReply, 'promptLogprobs' | 'topkTokens' | 'topkLogprobs'>;

async function scorePrompts(policy: Policy, calls: readonly SampleCall[]): Promise<PromptScores[]> {
  const scores: PromptScores[] = calls.map(() => ({}));
  const plain = [...calls.keys()].filter(
    index => calls[index]!.promptLogprobs && calls[index]!.topkPromptLogprobs === 0,
  );
  const logprobs = await scoreSequences(
    policy,
    plain.map(index => calls[index]!.prompt),
  );
  plain.forEach((index, i) => (scores[index] = { promptLogprobs: logprobs[i]! }));
  for (const [index, call] of calls.entries()) {
    if (call.topkPromptLogprobs === 0) continue;
    const top = await scoreWithTop(policy, call.prompt, call.topkPromptLogprobs);
    scores[index] = { promptLogprobs: top.logprobs, topkTokens: top.tokens, topkLogprobs: top.topLogprobs };
  }
  return scores;
}

function packSamples(samples: readonly Sample[]) {
  const count = samples.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const packed = {
    tokens: new Int32Array(count),
    logprobs: new Float64Array(count),
    lengths: Int32Array.from(samples, ({ tokens }) => tokens.length),
    stopped: Uint8Array.from(samples, ({ stopped }) => Number(stopped)),
  };
  let start = 0;
  for (const { tokens, logprobs } of samples) {
    packed.tokens.set(tokens, start);
    packed.logprobs.set(logprobs, start);
    start += tokens.length;
  }
  return packed;
}
