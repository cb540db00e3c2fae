/** What each loss takes, besides `target_tokens`, by the protocol (section 12). */
import { nearest, TinsmithError } from '@tinsmith/core';
import { type LossName, lossNames } from '../model/index.js';
import type { LossValue } from '../worker/messages.js';

interface LossRule {
  /** Per-target numbers. */
  readonly values: readonly LossValue[];
  /** Scalars of `loss_fn_config` with their defaults; null: must be given. */
  readonly config: Readonly<Record<string, number | null>>;
}

const ratioValues = ['logprobs', 'advantages'] as const;

const lossRules: Readonly<Record<LossName, LossRule>> = {
  cross_entropy: { values: ['weights'], config: {} },
  importance_sampling: { values: ratioValues, config: {} },
  ppo: { values: ratioValues, config: { clip_low_threshold: 0.8, clip_high_threshold: 1.2 } },
  cispo: { values: ratioValues, config: { clip_low_threshold: 0, clip_high_threshold: 4 } },
  dro: { values: ratioValues, config: { beta: null } },
};

/** @throws {TinsmithError} LOSS_UNKNOWN */
export function ruleOf(loss: string): LossRule & { readonly name: LossName } {
  const name = lossNames.find(known => known === loss);
  if (name) return { name, ...lossRules[name] };
  const near = nearest(loss, lossNames);
  throw new TinsmithError({
    code: 'LOSS_UNKNOWN',
    message: `there is no loss "${loss}"`,
    found: lossNames.join(', '),
    fix: near && `use ${near}`,
  });
}

/**
 * The loss's scalars, complete. A threshold defaults by itself.
 * @throws {TinsmithError} LOSS_CONFIG
 */
export function completeLossConfig(
  loss: LossName,
  given: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const { config: known } = lossRules[loss];
  const wrong = (message: string, found: string) =>
    new TinsmithError({ code: 'LOSS_CONFIG', message, at: `the configuration of ${loss}`, found });
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(known, key))
      throw wrong(
        `the loss has no option "${key}"`,
        `options are ${Object.keys(known).join(', ') || 'none'}`,
      );
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw wrong(`"${key}" is not a finite number`, String(value));
  }
  const complete: Record<string, number> = {};
  for (const [key, fallback] of Object.entries(known)) {
    const value = given[key] ?? fallback;
    if (value === null) throw wrong(`"${key}" has no default and must be given`, 'nothing');
    complete[key] = value;
  }
  return complete;
}
