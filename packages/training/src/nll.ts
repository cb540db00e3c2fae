/**
 * How surprised a model is by what it is trained on: per token, and per byte of text, which can be compared
 * between models with different tokenizers (cookbook-algorithms, section 12).
 */
import type { Datum, Tokenizer } from '@tinsmith/core';
import { hasSoftTargets } from './supervised-data.js';

export interface Nll {
  /** -sum(w lp) / sum(w); NaN if nothing has a weight. */
  readonly meanNll: number;
  /**
   * -sum(lp) / (ln 2 * bytes) over tokens with a weight that are not special; NaN without any. The bytes are
   * those of the text in UTF-8, run by run: a run that begins inside a character decodes to U+FFFD, 3 bytes.
   * Soft targets are no text and are left out.
   */
  readonly bitsPerByte: number;
  /** sum(w) */
  readonly numLossTokens: number;
}

/** `logprobs` of the targets, one list per datum; of N x K soft targets row-major, as the targets. */
export function measureNll(
  data: readonly Datum[],
  logprobs: readonly ArrayLike<number>[],
  tokenizer: Pick<Tokenizer, 'decode' | 'specialTokenIds' | 'bosTokenId' | 'eosTokenId'>,
): Nll {
  const isSpecial = specialTokens(tokenizer);
  let weightedLogprob = 0;
  let totalWeight = 0;
  let logprobOfText = 0;
  let bytes = 0;
  for (const [index, datum] of data.entries()) {
    const { lossFnInputs } = datum;
    const isText = !hasSoftTargets(datum);
    const targets = lossFnInputs['target_tokens']!.data;
    const weights = lossFnInputs['weights']!.data;
    let run: number[] = [];
    const endRun = () => {
      if (run.length > 0) bytes += Buffer.byteLength(tokenizer.decode(run));
      run = [];
    };
    for (let position = 0; position < targets.length; position++) {
      const [target, weight, logprob] = [targets[position]!, weights[position]!, logprobs[index]![position]!];
      if (weight !== 0) weightedLogprob += weight * logprob; // 0 * -Infinity would be NaN
      totalWeight += weight;
      if (isText && weight > 0 && !isSpecial(target)) {
        run.push(target);
        logprobOfText += logprob;
      } else endRun();
    }
    endRun();
  }
  return {
    meanNll: -weightedLogprob / totalWeight,
    bitsPerByte: -logprobOfText / (Math.LN2 * bytes),
    numLossTokens: totalWeight,
  };
}

function specialTokens({
  specialTokenIds,
  bosTokenId,
  eosTokenId,
}: Pick<Tokenizer, 'specialTokenIds' | 'bosTokenId' | 'eosTokenId'>): (token: number) => boolean {
  if (specialTokenIds) return token => specialTokenIds.has(token);
  return token => token === bosTokenId || token === eosTokenId;
}
