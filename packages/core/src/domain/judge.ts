/**
 * Judges: which of two answers is better. A judge is asked, and says so; what becomes of it (a reward, a win rate) is for those
 * who ask. Knows nothing of models or training.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { TinsmithError } from '../error.js';
import { named } from '../token.js';
import type { Message } from './message.js';

/** A conversation, and two ways in which it goes on. */
export interface Comparison {
  readonly prompt: readonly Message[];
  readonly completionA: readonly Message[];
  readonly completionB: readonly Message[];
}

export interface Judgement {
  /** From -1, A is better, to 1, B is better; 0: neither. */
  readonly score: number;
  /** Why there is no opinion, when the judge was asked and gave none that can be read. The score is 0 then. */
  readonly problem?: string;
}

export interface Judge {
  /**
   * Calls can overlap; the same comparison may be asked the other way round. Throws when it cannot be asked at all: that is
   * not an opinion.
   */
  compare(comparison: Comparison, options?: { readonly signal?: AbortSignal }): Promise<Judgement>;
}

export interface JudgeSource {
  readonly specification: 'v1';
  /** Options of its own; none: no options. */
  readonly options?: StandardSchemaV1;
  /** `options` as its schema made them; undefined without one. Finds out whether the judge can be asked, before anything is trained. */
  create(options: unknown): Judge | Promise<Judge>;
}

/** Judges, by the name that a config uses. */
export const Judges = named<JudgeSource>('judge');

/** A judge that is a function of the comparison: from -1, A is better, to 1, B is better. */
export function judgeBy(score: (comparison: Comparison) => number | Promise<number>): Judge {
  return {
    async compare(comparison, { signal } = {}) {
      signal?.throwIfAborted();
      return { score: await score(comparison) };
    },
  };
}

/**
 * Asks, and checks what comes back.
 * @throws JUDGE_FAILED with the judge's failure as its cause; JUDGE_INVALID for a score that is none
 */
export async function askJudge(
  judge: Judge,
  comparison: Comparison,
  { name = 'the judge', signal }: { readonly name?: string; readonly signal?: AbortSignal | undefined } = {},
): Promise<Judgement> {
  const judgement = await judge.compare(comparison, { ...(signal && { signal }) }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new TinsmithError({
      code: 'JUDGE_FAILED',
      message: `${name} could not be asked which of two answers is better`,
      found: TinsmithError.is(cause) ? `${cause.code}: ${cause.message}` : String(cause),
      fix: 'see to the judge, then start again: the run goes on from its last checkpoint',
      cause,
    });
  });
  const { score } = judgement;
  if (typeof score === 'number' && score >= -1 && score <= 1) return judgement;
  throw new TinsmithError({
    code: 'JUDGE_INVALID',
    message: `${name} gave a score that is none`,
    found: String(score),
    fix: 'a number from -1, the first answer is better, to 1, the second is; 0 for neither',
  });
}
