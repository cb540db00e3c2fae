/**
 * Reads reference vectors by the rules of fixtures/golden: the folder is `TINSMITH_GOLDEN` or
 * fixtures/golden, and every file of a category that is found there is read. Used by the tests of all
 * packages.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { MediaChunk } from '@tinsmith/core';
import { test } from 'vitest';
import type { SequenceItem } from '../src/index.js';

export interface GoldenRow<Input = never, Expected = never> {
  readonly id: string;
  readonly op: string;
  readonly input: Input;
  readonly expected: Expected;
  readonly quirk?: string;
}

export const goldenFolder =
  process.env['TINSMITH_GOLDEN'] ?? join(import.meta.dirname, '../../../fixtures/golden');

/** Every row of a gzipped file of JSON lines. Texts may hold other line separators, so only \n counts. */
export function readRows<Row>(file: string): Row[] {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').split('\n');
  return lines.filter(line => line !== '').map(line => JSON.parse(line) as Row);
}

/** The files of a folder below the golden folder whose names begin so. Throws if there is none. */
export function goldenFiles(folder: string, prefix: string): string[] {
  const names = readdirSync(join(goldenFolder, folder)).filter(
    name => name.startsWith(prefix) && name.endsWith('.jsonl.gz'),
  );
  if (names.length === 0) throw new Error(`no ${prefix}*.jsonl.gz in ${join(goldenFolder, folder)}`);
  return names.map(name => join(goldenFolder, folder, name));
}

export function goldenRows(category: string): GoldenRow[] {
  return goldenFiles('algorithms', category).flatMap(file => {
    const rows = readRows<GoldenRow>(file);
    if (rows.length === 0) throw new Error(`${file} has no row`);
    return rows;
  });
}

/**
 * One test per row of the operation; at least one row must be there. `later` names rows to skip, by their
 * input.
 */
export function testGoldenRows<Input, Expected>(
  category: string,
  op: string,
  check: (row: GoldenRow<Input, Expected>) => void | Promise<void>,
  later: (input: Input) => boolean = () => false,
): void {
  const rows = goldenRows(category).filter(row => row.op === op) as unknown as GoldenRow<Input, Expected>[];
  if (rows.length === 0) throw new Error(`no vector of ${op} in ${category}`);
  for (const row of rows) {
    test.skipIf(later(row.input))(`${op} agrees with the reference: ${row.id}`, () => check(row));
  }
}

/** Non-finite numbers are strings in the vectors. */
export function decodeNumber(value: number | string): number {
  return typeof value === 'string' ? Number(value) : value;
}

/** Equal by the tolerance that the vectors are given with: 1e-6 + 2e-5 of the larger one. */
export function isClose(actual: number, expected: number | string): boolean {
  const wanted = decodeNumber(expected);
  if (Object.is(actual, wanted) || actual === wanted) return true;
  return Math.abs(actual - wanted) <= 1e-6 + 2e-5 * Math.max(Math.abs(actual), Math.abs(wanted));
}

/** An image in a sequence of the vectors: two are equal when both fields are. */
export interface GoldenMedia {
  readonly media: string;
  readonly tokens: number;
}
export type GoldenItem = number | GoldenMedia;

export const sequenceOf = (items: readonly GoldenItem[]): SequenceItem[] =>
  items.map(item => (typeof item === 'number' ? item : pointerOf(item)));

const pointerOf = ({ media, tokens }: GoldenMedia): MediaChunk => ({
  type: 'image_asset_pointer',
  location: media,
  format: 'png',
  expectedTokens: tokens,
});
