/** From what the user wrote to files on this machine: a file, a folder, or a data set of the hub. */
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { nearest, type RowRequest } from '@tinsmith/core';
import { type Hub, isRepoId, openFolder, type Repository } from '@tinsmith/hub';
import { type Layout, layoutOf } from './layout.js';
import { listSome, problem } from './problem.js';
import { type DataFile, formatOf, SUPPORTED } from './read/data-file.js';
import { unknownFormat } from './read/rows-of-file.js';

export interface Located {
  /** For messages. */
  readonly name: string;
  /** The same for the same content: commit, or names and sizes. */
  readonly identity: string;
  readonly files: readonly DataFile[];
}

/** Makes sure that the files are here: downloads those of a data set of the hub. */
export async function locate(request: RowRequest, hub: Hub): Promise<Located> {
  const { source } = request;
  const path = resolve(source.startsWith('~/') ? join(homedir(), source.slice(2)) : source);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return locateFile(request, path, found.size);
  if (found?.isDirectory()) return locateIn(await openFolder(source, path), request);
  if (!isRepoId(source) || isAbsolute(source) || /^[.~]/.test(source) || formatOf(source)) {
    throw problem({
      code: 'DATA_SOURCE_UNKNOWN',
      message: 'there is no such file or folder',
      at: path,
      found: `source: ${JSON.stringify(source)}`,
      fix: 'give a file, a folder, or a hub id such as openai/gsm8k; paths start at the working folder',
    });
  }
  return locateIn(await hub.open({ repo: source, kind: 'dataset', revision: request.revision }), request);
}

function locateFile({ source, config, split }: RowRequest, path: string, size: number): Located {
  if (!formatOf(path)) throw unknownFormat(path);
  if (config !== undefined) throw unknown('config', config, [], source);
  if (split !== undefined && split !== 'train') throw unknown('split', split, ['train'], source);
  return { name: source, identity: `${basename(path)} (${size} bytes)`, files: [{ path, name: source }] };
}

async function locateIn(repository: Repository, request: RowRequest): Promise<Located> {
  const paths = repository.files.map(file => file.path);
  const card = paths.includes('README.md') ? await readCard(repository) : undefined;
  const layout = layoutOf(paths, card);
  const { config, splits } = chooseConfig(layout, request);
  const { split, files } = chooseSplit(splits, config, request);
  await repository.fetch(files);
  const name = [request.source, config === 'default' ? [] : config, split].flat().join(' ');
  const sizes = new Map(repository.files.map(file => [file.path, file.size]));
  const content = files.map(file => `${file} (${sizes.get(file)} bytes)`).join(', ');
  const origin = repository.commit === undefined ? content : `${request.source} at ${repository.commit}`;
  return {
    name,
    identity: `${config} ${split} of ${origin}`,
    files: files.map(file => ({ path: join(repository.folder, ...file.split('/')), name: file })),
  };
}

async function readCard(repository: Repository): Promise<string> {
  await repository.fetch(['README.md']);
  return readFile(join(repository.folder, 'README.md'), 'utf8');
}

type Splits = ReadonlyMap<string, readonly string[]>;

function chooseConfig(layout: Layout, request: RowRequest): { config: string; splits: Splits } {
  const names = [...layout.configs].filter(([, splits]) => splits.size > 0).map(([name]) => name);
  if (names.length === 0) {
    throw problem({
      code: 'DATA_NO_FILES',
      message: 'no data files are here',
      at: request.source,
      found: 'no file whose name ends like one of the formats',
      fix: `formats: ${SUPPORTED}. For a data set that is made by a script, try revision: refs/convert/parquet`,
    });
  }
  const preferred = layout.defaultConfig ?? (names.includes('default') ? 'default' : undefined);
  const config = request.config ?? (names.length === 1 ? names[0]! : preferred);
  const splits = config === undefined ? undefined : layout.configs.get(config);
  if (config === undefined || !splits) throw unknown('config', config, names, request.source);
  return { config, splits };
}

function chooseSplit(
  splits: Splits,
  config: string,
  request: RowRequest,
): { split: string; files: readonly string[] } {
  const names = [...splits.keys()];
  const split = request.split ?? (names.length === 1 ? names[0]! : 'train');
  const files = splits.get(split);
  if (!files) throw unknown('split', request.split, names, `${request.source} ${config}`);
  if (files.length > 0) return { split, files };
  throw problem({
    code: 'DATA_NO_FILES',
    message: `the card names a split ${split}, but none of the files it names is here`,
    at: `${request.source} ${config}`,
  });
}

function unknown(
  kind: 'config' | 'split',
  wanted: string | undefined,
  names: readonly string[],
  at: string,
): Error {
  const near = wanted === undefined ? undefined : nearest(wanted, names);
  const message = wanted === undefined ? `which ${kind}? there are several` : `there is no ${kind} ${wanted}`;
  return problem({
    code: kind === 'config' ? 'DATA_CONFIG_UNKNOWN' : 'DATA_SPLIT_UNKNOWN',
    message,
    at,
    found: names.length === 0 ? `this is one file and has no ${kind}` : listSome(names),
    fix: names.length === 0 ? `leave ${kind} out` : `${kind}: ${near ?? names[0]}`,
  });
}
