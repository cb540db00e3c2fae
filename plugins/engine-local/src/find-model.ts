/**
 * From the name of a base model to its folder or GGUF file: a model that a plugin provides, a path, or an id on the hub. Knows
 * nothing of what is in it.
 */
import { resolve } from 'node:path';
import { amend, type ModelSource, nearest, type Registry, TinsmithError } from '@tinsmith/core';
import type { Hub, Repository } from '@tinsmith/hub';
import { isFolder } from './weights/model-folder.js';
import { isGgufFile } from './weights/model-source.js';
import type { BaseModel } from './worker/messages.js';

export type ModelRegistry = Pick<Registry<ModelSource>, 'names' | 'get'>;

export const noModels: ModelRegistry = {
  names: () => [],
  get: name => Promise.reject(new Error(`there is no model "${name}"`)),
};

/** What is needed of a model: of one on the hub nothing else is downloaded. */
export type NeededFiles = 'all' | 'tokenizer';

/** Where `owner/name` is looked up. */
export type ModelHub = Pick<Hub, 'open'>;

export interface ModelPlaces {
  readonly models: ModelRegistry;
  /** What relative paths are relative to. */
  readonly workingDirectory: string;
  readonly hub: ModelHub;
  /** Default `all`. */
  readonly files?: NeededFiles | undefined;
}

/**
 * A provided model goes before a folder of the same name, a folder before an id on the hub.
 * @throws {TinsmithError} MODEL_NOT_FOUND, MODEL_FILE_MISSING, and those of the hub, such as HUB_NOT_CACHED
 */
export async function findModel(name: string, places: ModelPlaces): Promise<BaseModel> {
  const { models, workingDirectory } = places;
  if (models.names().includes(name)) {
    const { folder } = await models.get(name);
    if (folder !== undefined) return { name, folder: resolve(folder) };
  }
  const folder = resolve(workingDirectory, name);
  if (name !== '' && (isFolder(folder) || isGgufFile(folder))) return { name, folder };
  const looked = `models of plugins: ${models.names().join(', ') || 'none'}; neither a folder nor a .gguf file ${folder}`;
  if (name.includes('/')) {
    const fetched = await fetchModel(name, places, looked);
    if (fetched !== undefined) return { name, folder: fetched };
  }
  const near = nearest(name, models.names());
  throw new TinsmithError({
    code: 'MODEL_NOT_FOUND',
    message: `there is no model "${name}"`,
    found: looked,
    fix: near
      ? `use ${near}`
      : 'name a model that a plugin in the config provides, a folder in Hugging Face layout, a .gguf file, or an id on the hub (owner/name)',
    plugin: '@tinsmith/engine-local',
  });
}

/**
 * Looks a repository up once: everything that an engine makes of a name is of one commit, also when its branch moves.
 * @param hub default: one with the settings of the environment, made when it is asked; it reports on stderr.
 */
export function rememberingHub(hub?: ModelHub): ModelHub {
  const opened = new Map<string, Promise<Repository>>();
  return {
    open(request) {
      const key = JSON.stringify(request);
      let repository = opened.get(key);
      if (!repository) {
        repository = (hub ? Promise.resolve(hub) : hubOfEnvironment()).then(asked => asked.open(request));
        opened.set(key, repository);
        repository.catch(() => opened.delete(key));
      }
      return repository;
    },
  };
}

async function hubOfEnvironment(): Promise<ModelHub> {
  const { createHub, progressLines } = await import('@tinsmith/hub');
  return createHub({ onNotice: warn, onProgress: progressLines(warn) });
}

const warn = (line: string) => console.warn(line);

/** Undefined if the name is no id. */
async function fetchModel(
  name: string,
  { hub, files = 'all' }: ModelPlaces,
  looked: string,
): Promise<string | undefined> {
  const { isRepoId } = await import('@tinsmith/hub');
  if (!isRepoId(name)) return undefined;
  try {
    const repository = await hub.open({ repo: name, kind: 'model' });
    await repository.fetch(neededFiles(repository, files));
    return repository.folder;
  } catch (error) {
    if (!TinsmithError.is(error)) throw error;
    const found = error.found === undefined ? looked : `${error.found}; ${looked}`;
    throw amend(error, { found, plugin: '@tinsmith/engine-local', cause: error });
  }
}

const descriptions = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'chat_template.jinja',
  'special_tokens_map.json',
  'vocab.json',
  'merges.txt',
  'tokenizer.model',
];
const index = 'model.safetensors.index.json';

/** Repositories hold the same weights in several forms; only the one that is read is fetched. */
function neededFiles({ repo, folder, files }: Repository, needed: NeededFiles): string[] {
  const paths = files.map(({ path }) => path);
  const described = descriptions.filter(path => paths.includes(path));
  if (needed === 'tokenizer') return described;
  const shards = paths.filter(path => path === index || /^model-\d+-of-\d+\.safetensors$/.test(path));
  const weights = paths.includes('model.safetensors')
    ? ['model.safetensors']
    : paths.includes(index)
      ? shards
      : [];
  if (paths.includes('config.json') && weights.length > 0) return [...described, ...weights];
  throw new TinsmithError({
    code: 'MODEL_FILE_MISSING',
    message: `${repo} has no ${paths.includes('config.json') ? 'weights that are read' : 'config.json'}`,
    at: folder,
    found: paths.slice(0, 12).join(', ') || 'no files',
    fix: paths.some(path => path.endsWith('.gguf'))
      ? 'download one of the .gguf files and name it by its path'
      : 'use a repository with config.json and model.safetensors, or shards with an index',
  });
}
