/** A tokenizer by the folder that it is in or by a model's id on the hub. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Hub } from '@tinsmith/hub';
import { readTokenizerFolder, tokenizerFiles } from './read-folder.js';
import type { Tokenizer } from './tokenizer.js';

export interface LoadOptions {
  /** Where models are searched that are no folder. Default: a hub with the settings of the environment. */
  readonly hub?: Pick<Hub, 'open'> | undefined;
}

/**
 * @param source a folder with `tokenizer.json`; or an id such as `Qwen/Qwen3-8B`, of which only the tokenizer's files are fetched
 * (first from the folders in TINSMITH_MODELS, then from the cache, then from the hub). A folder goes before an id.
 * @throws {Error} if `tokenizer.json` is missing or a file is not JSON; a HubError if the hub does not give it.
 */
export async function loadTokenizer(source: string, { hub }: LoadOptions = {}): Promise<Tokenizer> {
  if (await isFolder(source)) return readTokenizerFolder(source);
  const { createHub, isRepoId } = await import('@tinsmith/hub');
  if (!source.includes('/') || !isRepoId(source))
    throw new Error(`no tokenizer in ${resolve(source)}: there is no such folder`);
  const repository = await (hub ?? createHub({ onNotice: text => console.warn(text) })).open({
    repo: source,
    kind: 'model',
  });
  const here = repository.files.map(({ path }) => path);
  await repository.fetch(['tokenizer.json', ...tokenizerFiles.filter(file => here.includes(file))]);
  return readTokenizerFolder(repository.folder);
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    found => found.isDirectory(),
    () => false,
  );
