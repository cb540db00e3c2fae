/** Learns the tokenizer from generated exercises and writes its files. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTokenizer, type Tokenizer } from '@tinsmith/tokenizers';
import { type Exercise, searchTool } from '../tasks/index.js';
import { type BytePairEncoding, trainBytePairs } from './bpe.js';
import { createExerciseRenderer } from './renderers.js';
import { specialPieces, tags, tokenizerFiles } from './tokenizer-files.js';

export interface TokenizerOptions {
  readonly folder: string;
  readonly exercises: readonly Exercise[];
  /** Texts that become one piece each, besides the tool's declaration. */
  readonly fixedTexts: readonly string[];
  /** Pieces, the tags and special ones included. */
  readonly vocabularySize: number;
  readonly contextLength: number;
}

/** Throws if the exercises are too few or too uniform for that many pieces. */
export async function writeTokenizer(options: TokenizerOptions): Promise<void> {
  const { folder, exercises, fixedTexts, vocabularySize, contextLength } = options;
  const size = vocabularySize - tags.length - specialPieces.length;
  const bytes = tokenizerOf(trainBytePairs([], size), contextLength);
  const renderer = createExerciseRenderer(bytes);
  const texts = exercises.flatMap(exercise => cut(bytes.decode(renderer.example(exercise).tokens)));
  const encoding = trainBytePairs(texts, size, {
    fixedTexts: [...fixedTexts, ...declaredTexts(bytes)],
    leastCount: 3,
  });
  if (encoding.pieces.length < size)
    throw new Error(`the exercises give ${encoding.pieces.length} pieces, ${size} are asked for`);
  for (const [name, content] of Object.entries(tokenizerFiles(encoding, contextLength)))
    await writeFile(join(folder, name), `${JSON.stringify(content, undefined, 1)}\n`);
}

function tokenizerOf(encoding: BytePairEncoding, contextLength: number): Tokenizer {
  const files = tokenizerFiles(encoding, contextLength);
  return createTokenizer(files['tokenizer.json'], files['tokenizer_config.json']);
}

/** A text as the tokenizer sees it: without what lies between its parts. */
function cut(text: string): string[] {
  return text.split(
    new RegExp([...tags, ...specialPieces].map(piece => piece.replaceAll('|', String.raw`\|`)).join('|')),
  );
}

/** What the renderer writes to declare the search tool, and what the model writes to call it. */
function declaredTexts(tokenizer: Tokenizer): string[] {
  const renderer = createExerciseRenderer(tokenizer).rendererOf({ messages: [] });
  const declared = renderer.declareTools([searchTool])[0]!.content as string;
  const tool = declared.split('\n').find(line => line.startsWith('{'))!;
  const [head, tail] = declared.split(tool) as [string, string];
  const parts = cut(tail).filter(part => part.length > 1);
  return [`\n\n${head}`, tool, ...parts, '\n{"name": "search", "arguments": {"query_list": ["', '"]}}\n'];
}
