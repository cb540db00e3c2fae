/** A model input taken apart: token ids and images in a row. Knows nothing about what is learnt from it. */
import { isDeepStrictEqual } from 'node:util';
import { type Chunk, chunkLength, type MediaChunk, type ModelInput } from '@tinsmith/core';

export type SequenceItem = number | MediaChunk;

export const itemsOf = (input: ModelInput): SequenceItem[] =>
  input.chunks.flatMap<SequenceItem>(chunk => (chunk.type === 'encoded_text' ? chunk.tokens : [chunk]));

/** Ids that stand together become one chunk. */
export function inputOf(items: readonly SequenceItem[]): ModelInput {
  const chunks: Chunk[] = [];
  let run: number[] = [];
  for (const item of items) {
    if (typeof item !== 'number') {
      chunks.push(item);
      run = [];
      continue;
    }
    if (run.length === 0) chunks.push({ type: 'encoded_text', tokens: run });
    run.push(item);
  }
  return { chunks };
}

/** In tokens. @throws MEDIA_LENGTH_UNKNOWN */
export const itemLength = (item: SequenceItem): number => (typeof item === 'number' ? 1 : chunkLength(item));

/** Images are equal when all that is known about them is. */
export const isSameItem = (one: SequenceItem, other: SequenceItem | undefined): boolean =>
  one === other || (typeof one !== 'number' && isDeepStrictEqual(one, other));

/** What positions of the item are as targets: 0 where an image is, which nothing predicts. */
export const targetsOf = (item: SequenceItem): number[] =>
  typeof item === 'number' ? [item] : Array<number>(itemLength(item)).fill(0);
