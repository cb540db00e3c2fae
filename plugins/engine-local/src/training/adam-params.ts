/** Checks the options of an optimiser step and fills in the defaults. */
import { type AdamParams, nearest, TinsmithError } from '@tinsmith/core';
import { adamDefaults } from './adamw.js';

/** @throws {TinsmithError} ADAM_PARAMS */
export function completeAdamParams(params: AdamParams): Required<AdamParams> {
  const known = Object.keys(adamDefaults);
  for (const [name, value] of Object.entries(params)) {
    if (!known.includes(name)) {
      const near = nearest(name, known);
      throw wrong(`there is no option "${name}"`, known.join(', '), near && `use ${near}`);
    }
    if (value !== undefined && !(typeof value === 'number' && Number.isFinite(value) && value >= 0))
      throw wrong(`${name} must be a number of at least 0`, String(value));
  }
  const given = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
  const complete: Required<AdamParams> = { ...adamDefaults, ...given };
  if (complete.beta1 >= 1 || complete.beta2 >= 1)
    throw wrong('beta1 and beta2 must be less than 1', `${complete.beta1} and ${complete.beta2}`);
  return complete;
}

function wrong(message: string, found: string, fix?: string): TinsmithError {
  return new TinsmithError({ code: 'ADAM_PARAMS', message, found, fix });
}
