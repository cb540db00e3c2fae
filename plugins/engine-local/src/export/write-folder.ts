/** A merged model as a folder in Hugging Face layout. Knows the layout, not where the weights come from. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { syncFolder, writeFileSynced } from '../checkpoints/atomic-folder.js';
import { createSafetensors } from '../weights/safetensors.js';
import { type ExportFormat, folderType } from './formats.js';
import type { MergedModel } from './merged-model.js';

export interface FolderOutput {
  readonly format: ExportFormat;
  /** config.json of the base model. */
  readonly configJson: Readonly<Record<string, unknown>>;
  /** Name to content: tokenizer and what else lies beside the weights. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
}

const typeNames = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' } as const;

/** Lets the program's event loop turn between tensors. */
export async function writeModelFolder(
  folder: string,
  model: MergedModel,
  { format, configJson, files }: FolderOutput,
): Promise<void> {
  mkdirSync(folder);
  const dtype = typeNames[folderType(format, model.typeOf('model.embed_tokens.weight'))];
  const config = {
    ...configJson,
    ...(Object.hasOwn(configJson, 'dtype') ? { dtype } : { torch_dtype: dtype }), // the spelling of Transformers 5 or 4
    tie_word_embeddings: model.config.tiedEmbeddings,
  };
  writeFileSynced(join(folder, 'config.json'), `${JSON.stringify(config, undefined, 2)}\n`);
  for (const [name, content] of files) writeFileSynced(join(folder, name), content);
  const plan = [...model.shapes].map(([name, shape]) => ({
    name,
    shape,
    type: folderType(format, model.typeOf(name)),
  }));
  const writer = createSafetensors(join(folder, 'model.safetensors'), plan, { format: 'pt' });
  try {
    for (const { name } of plan) {
      writer.append(model.read(name).data);
      await setImmediate();
    }
    writer.finish();
  } finally {
    writer.close();
  }
  syncFolder(folder);
}
