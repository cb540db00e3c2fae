/** Where the models, the records of their training and its checkpoints lie. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModelKind, ShippedKind } from './settings.js';

/** `src/train` and `dist/train` lie at the same depth, so one path serves both. */
const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

export const modelFolder = (kind: ShippedKind): string =>
  join(packageFolder, kind === 'pocket' ? 'model' : 'teacher');
export const recordFolder = join(packageFolder, 'train');
/** A model when it has learned, and is not careless yet: what the next one starts from. */
export const learnedFolder = (kind: ModelKind): string =>
  join(packageFolder, 'node_modules', '.cache', `learned-${kind}`);
/** Outside of what git sees; kept until a training is complete. */
export const stateFolder = (kind: ModelKind): string =>
  join(packageFolder, 'node_modules', '.cache', `train-${kind}`);
export const tokenizerFileNames = ['tokenizer.json', 'tokenizer_config.json'] as const;
