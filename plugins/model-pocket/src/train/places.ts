/** Where the models, the records of their training and its checkpoints lie. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModelKind } from './settings.js';

/** `src/train` and `dist/train` lie at the same depth, so one path serves both. */
const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

export const modelFolder = (kind: ModelKind): string =>
  join(packageFolder, kind === 'pocket' ? 'model' : 'teacher');
export const recordFolder = join(packageFolder, 'train');
/** The pocket model when it has learned and is not careless yet: what the teacher grows from. */
export const learnedFolder = join(packageFolder, 'node_modules', '.cache', 'learned-pocket');
/** Outside of what git sees; kept until a training is complete. */
export const stateFolder = (kind: ModelKind): string =>
  join(packageFolder, 'node_modules', '.cache', `train-${kind}`);
export const tokenizerFileNames = ['tokenizer.json', 'tokenizer_config.json'] as const;
