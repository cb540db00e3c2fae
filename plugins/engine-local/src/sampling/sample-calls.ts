/** Answers one sample request: samples, and scores the prompt where that is asked for. Knows nothing of threads. */
import type { SampleCall, SampleReply } from '../worker/messages.js';
import type { Policy } from '../worker/policy.js';
import type { Sample, Sampler } from './sampler.js';
import { scoreSequences, scoreWithTop } from './score.js';
import type { Decode } from './stop-rule.js';

/** What a request is answered with. */
export interface SampleAccess {
  readonly policy: Policy;
  readonly maxTokens: number;
  readonly loadDecode: () => Promise<Decode>;
  readonly isCancelled: () => boolean;
  readonly sampler: Sampler;
  readonly takeTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

export async function answerSampleCall(call: SampleCall, access: SampleAccess): Promise<SampleReply> {
  const { policy, maxTokens, isCancelled, sampler } = access;
  const { prompt, numSamples, options } = call;
  const decode = options.stopStrings.length > 0 ? await access.loadDecode() : undefined;
  const [samples, scores] = await Promise.all([
    sampler.sample(policy, { prompt, numSamples, options, maxTokens, decode, isCancelled }),
    scorePrompt(call, access),
  ]);
  return { ...packSamples(samples), ...scores };
}

type PromptScores = Pick<SampleReply, 'promptLogprobs' | 'topkTokens' | 'topkLogprobs'>;

async function scorePrompt(
  { prompt, promptLogprobs, topkPromptLogprobs }: SampleCall,
  { policy, takeTurn, isCancelled }: SampleAccess,
): Promise<PromptScores> {
  if (topkPromptLogprobs > 0 && !isCancelled()) {
    const top = await takeTurn(() => scoreWithTop(policy, prompt, topkPromptLogprobs));
    return { promptLogprobs: top.logprobs, topkTokens: top.tokens, topkLogprobs: top.topLogprobs };
  }
  if (!promptLogprobs) return {};
  const [scores] = await takeTurn(() => scoreSequences(policy, [prompt]));
  return { promptLogprobs: scores! };
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
