/** What the tests of the whole engine share: the small trained models, and datums made of token ids. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Datum, float32, int64, modelInput, type TrainingClient } from '@tinsmith/core';
import { onTestFinished } from 'vitest';
import { LocalEngine, type LocalEngineOptions } from '../src/engine.js';

const models = fileURLToPath(new URL('../../../fixtures/models/', import.meta.url));
export const tinyStories = join(models, 'TinyStories-656K');
export const stories260K = join(models, 'stories260K');

export function readReference(folder: string): Record<string, never> {
  return JSON.parse(readFileSync(join(folder, 'reference.json'), 'utf8')) as Record<string, never>;
}

/** Closed when the test is over. */
export function openEngine(options: LocalEngineOptions = {}): LocalEngine {
  const engine = new LocalEngine({ threads: 1, ...options });
  onTestFinished(() => engine.close());
  return engine;
}

/** Removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Once upon a time, ... as TinyStories-656K has it. */
export const story = [1, 80, 147, 201, 282, 215, 286, 704, 905];

/** Every token but the first as a target, weight 1. */
export function example(tokens: readonly number[]): Datum {
  const targets = tokens.slice(1);
  return {
    modelInput: modelInput(tokens.slice(0, -1)),
    lossFnInputs: { target_tokens: int64(targets), weights: float32(targets.map(() => 1)) },
  };
}

/** Tokens of a row, so many, the same each time; distinct for distinct rows. */
export const tokensOf = (row: number, length: number): number[] =>
  Array.from({ length }, (_, t) => 3 + ((row * 7919 + t * t * 104729 + t) % 500));

export async function logprobsOf(client: TrainingClient, datum: Datum): Promise<number[]> {
  const { lossFnOutputs } = await client.forward([datum], 'cross_entropy');
  return Array.from(lossFnOutputs[0]!['logprobs']!.data);
}
