/**
 * What sampling may take of the memory budget: a fixed share of what weights leave, whether it is used or not. Plans of training
 * passes follow from the rest, so nothing that happens to be sampled at the same time changes the order of their sums.
 */
import { TinsmithError } from '@tinsmith/core';
import type { ModelConfig } from '../model/index.js';
import type { DecodedRow } from './decoder.js';
import { bytesPerPosition } from './key-values.js';
import { lengthFor } from './key-value-store.js';

/** Bytes. */
export interface SamplingRoom {
  /** Keys and values of samples being made. */
  readonly rows: number;
  /** Keys and values of earlier prompts. */
  readonly prompts: number;
}

/** More makes no step faster: it holds 128 samples of SmolLM2-135M at 170 positions each, more where they share prompts. */
const most: SamplingRoom = { rows: 2 ** 30, prompts: 2 ** 28 };
const shares: SamplingRoom = { rows: 1 / 5, prompts: 1 / 20 };

/** @param left what weights leave of the budget, in bytes */
export function samplingRoom(left: number): SamplingRoom {
  const room = Math.max(0, left);
  return {
    rows: Math.min(most.rows, Math.floor(shares.rows * room)),
    prompts: Math.min(most.prompts, Math.floor(shares.prompts * room)),
  };
}

/** Bytes of a row that shares nothing, once it is as long as it may get. */
export function rowBytes(config: ModelConfig, { promptLength, mostTokens }: DecodedRow): number {
  return (lengthFor(promptLength) + lengthFor(mostTokens)) * bytesPerPosition(config);
}

/** @throws {TinsmithError} MEMORY_BUDGET if a row does not fit even alone: it says what would */
export function checkRowFits(config: ModelConfig, row: DecodedRow, { rows }: SamplingRoom): void {
  const needed = rowBytes(config, row);
  if (needed <= rows) return;
  const fits = (mostTokens: number): boolean => rowBytes(config, { ...row, mostTokens }) <= rows;
  let [shorter, longer] = [0, row.mostTokens];
  while (longer - shorter > 1) {
    const middle = Math.floor((shorter + longer) / 2);
    if (fits(middle)) shorter = middle;
    else longer = middle;
  }
  throw new TinsmithError({
    code: 'MEMORY_BUDGET',
    message: `a prompt of ${row.promptLength} tokens with up to ${row.mostTokens} sampled ones does not fit the memory budget of the engine`,
    found: `${mebibytes(rows)} are for the keys and values of samples; these take ${mebibytes(needed)}`,
    fix: `raise the engine's option memory by ${mebibytes((needed - rows) / shares.rows)}${shorter > 0 ? `, or set maxTokens to at most ${shorter}` : ', or use a shorter prompt'}`,
  });
}

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
