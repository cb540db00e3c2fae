/** What a training starts from: random weights, or those of another model, as they are or grown. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FullTrainingSource, readSafetensors, writeSafetensors } from '@tinsmith/engine-local/engine';
import type { Tokenizer } from '@tinsmith/tokenizers';
import { createRandom } from '../tasks/index.js';
import { growTensors, grownShape } from './grow.js';
import { modelConfig, type Shape } from './model-config.js';
import { learnedFolder } from './places.js';
import { type PocketSettings, pocketShape } from './settings.js';
import { END_OF_TEXT, END_OF_TURN } from './tokenizer-files.js';

/** @param folder for the grown model */
export async function startingPoint(
  { from, grows, training }: PocketSettings,
  tokenizer: Tokenizer,
  folder: string,
): Promise<FullTrainingSource['model']> {
  if (from === undefined) return { config: configOf(pocketShape, tokenizer), seed: training.seed };
  if (!grows) return learnedFolder(from);
  const tensors = new Map(
    [...readSafetensors(join(learnedFolder(from), 'model.safetensors'))].map(
      ([name, { shape: sizes, data }]) => [name, { shape: sizes, data: data as Float32Array }],
    ),
  );
  await rm(folder, { recursive: true, force: true }); // of an attempt that was interrupted
  await mkdir(folder, { recursive: true });
  writeSafetensors(
    join(folder, 'model.safetensors'),
    growTensors(tensors, grows, createRandom(training.seed)),
  );
  await writeFile(
    join(folder, 'config.json'),
    JSON.stringify(configOf(grownShape(pocketShape, grows), tokenizer)),
  );
  return folder;
}

const configOf = (shape: Shape, tokenizer: Tokenizer): object =>
  modelConfig(tokenizer.vocabSize, shape, {
    padding: tokenizer.tokenId(END_OF_TEXT)!,
    endOfTurn: tokenizer.tokenId(END_OF_TURN)!,
  });
