/**
 * From the name of a base model to its folder or GGUF file: a model that a plugin provides, or a path. Knows nothing of what is in it.
 */
import { resolve } from 'node:path';
import { type ModelSource, nearest, type Registry, TinsmithError } from '@tinsmith/core';
import { isFolder } from './weights/model-folder.js';
import { isGgufFile } from './weights/model-source.js';
import type { BaseModel } from './worker/messages.js';

export type ModelRegistry = Pick<Registry<ModelSource>, 'names' | 'get'>;

export const noModels: ModelRegistry = {
  names: () => [],
  get: name => Promise.reject(new Error(`there is no model "${name}"`)),
};

/**
 * A provided model goes before a folder of the same name.
 * @throws {TinsmithError} MODEL_NOT_FOUND
 */
export async function findModel(
  name: string,
  models: ModelRegistry,
  workingDirectory: string,
): Promise<BaseModel> {
  if (models.names().includes(name)) {
    const { folder } = await models.get(name);
    if (folder !== undefined) return { name, folder: resolve(folder) };
  }
  const folder = resolve(workingDirectory, name);
  if (name !== '' && (isFolder(folder) || isGgufFile(folder))) return { name, folder };
  const near = nearest(name, models.names());
  throw new TinsmithError({
    code: 'MODEL_NOT_FOUND',
    message: `there is no model "${name}"`,
    found: `models of plugins: ${models.names().join(', ') || 'none'}; neither a folder nor a .gguf file ${folder}`,
    fix: near
      ? `use ${near}`
      : 'name a model that a plugin in the config provides, a folder in Hugging Face layout, or a .gguf file',
    plugin: '@tinsmith/engine-local',
  });
}
