/** Learns the tokenizer from generated conversations and writes its files. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { trainBytePairs } from './bpe.js';
import { specialPieces, tokenizerFiles } from './tokenizer-files.js';
import type { Turn } from './turn.js';

export interface TokenizerOptions {
  readonly folder: string;
  readonly conversations: readonly (readonly Turn[])[];
  /** Pieces, the special ones included. */
  readonly vocabularySize: number;
  readonly contextLength: number;
}

/** Throws if the conversations are too few or too uniform for that many pieces. */
export async function writeTokenizer(options: TokenizerOptions): Promise<void> {
  const { folder, conversations, vocabularySize, contextLength } = options;
  const texts = conversations.flat().flatMap(({ role, content }) => [role, content]);
  const size = vocabularySize - specialPieces.length;
  const encoding = trainBytePairs(texts, size);
  if (encoding.pieces.length < size)
    throw new Error(`the conversations give ${encoding.pieces.length} pieces, ${size} are asked for`);
  for (const [name, content] of Object.entries(tokenizerFiles(encoding, contextLength)))
    await writeFile(join(folder, name), `${JSON.stringify(content, undefined, 1)}\n`);
}
