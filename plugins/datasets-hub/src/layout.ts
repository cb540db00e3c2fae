/**
 * Which files of a data set belong to which configuration and split: as the card (README.md) says, otherwise by the
 * names of folders and files, as Hugging Face does. Knows names only, reads nothing.
 */
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { formatOf } from './read/data-file.js';
import { matchesGlob } from './glob.js';

/** Configuration -> split -> paths in order. */
export interface Layout {
  readonly configs: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
  /** The configuration that the card marks as default. */
  readonly defaultConfig: string | undefined;
}

/** @param card the text of README.md, if there is one. */
export function layoutOf(paths: readonly string[], card: string | undefined): Layout {
  const data = paths.filter(path => formatOf(path) && !/(^|\/)[._]/.test(path)).toSorted();
  const described = card === undefined ? [] : configsOfCard(card);
  return described.length > 0 ? layoutByCard(data, described) : layoutByNames(data);
}

// ---- the card

const patterns = z.union([z.string().transform(path => [path]), z.array(z.string())]);
const bySplit = z.array(z.object({ split: z.string(), path: patterns }));
const cardSchema = z.object({
  configs: z.array(
    z.object({
      config_name: z.string().default('default'),
      data_files: z.union([bySplit, patterns]).optional(),
      data_dir: z.string().optional(),
      default: z.boolean().optional(),
    }),
  ),
});
type CardConfig = z.infer<typeof cardSchema>['configs'][number];

/** The `configs` of the front matter; none if the card has no such part or it cannot be understood. */
function configsOfCard(card: string): readonly CardConfig[] {
  const frontMatter = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---/.exec(card)?.[1];
  if (frontMatter === undefined) return [];
  const document = parseDocument(frontMatter);
  if (document.errors.length > 0) return [];
  const parsed = cardSchema.safeParse(document.toJS());
  return parsed.success ? parsed.data.configs : [];
}

function layoutByCard(data: readonly string[], described: readonly CardConfig[]): Layout {
  const configs = new Map(described.map(config => [config.config_name, splitsByCard(data, config)]));
  return { configs, defaultConfig: described.find(config => config.default)?.config_name };
}

function splitsByCard(data: readonly string[], config: CardConfig): Map<string, readonly string[]> {
  const folder = config.data_dir === undefined ? '' : `${config.data_dir.replace(/^\.?\/|\/$/g, '')}/`;
  const files = config.data_files;
  if (files === undefined) return splitsByNames(data.filter(path => path.startsWith(folder)));
  const groups = files.map(group => (typeof group === 'string' ? { split: 'train', path: [group] } : group));
  const splits = new Map<string, string[]>();
  for (const { split, path } of groups) {
    const found = data.filter(file => path.some(pattern => matchesGlob(file, folder + pattern)));
    splits.set(split, [...(splits.get(split) ?? []), ...found]);
  }
  return splits;
}

// ---- names

const KEYWORDS: readonly (readonly [string, readonly string[]])[] = [
  ['train', ['train', 'training']],
  ['validation', ['validation', 'valid', 'val', 'dev']],
  ['test', ['test', 'testing', 'eval', 'evaluation']],
];

/** Folders at the top are configurations, unless they are named like a split or hold the data of the only one. */
function layoutByNames(data: readonly string[]): Layout {
  const folders = new Set(data.map(top));
  const areConfigs = [...folders].every(
    folder => folder !== undefined && folder !== 'data' && keywordIn(folder) === undefined,
  );
  const groups = areConfigs
    ? Map.groupBy(data, path => top(path)!)
    : new Map<string, readonly string[]>([['default', data]]);
  const configs = new Map([...groups].map(([name, paths]) => [name, splitsByNames(paths)]));
  return { configs, defaultConfig: undefined };
}

function top(path: string): string | undefined {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : undefined;
}

/**
 * Files without a split in their name are left out where others have one. Where none has, they are the split `train`,
 * unless their names differ by more than a number: those are splits of their own, rather than mixed.
 */
function splitsByNames(paths: readonly string[]): Map<string, readonly string[]> {
  const named = Map.groupBy(paths, splitOf);
  const nameless = named.get(undefined) ?? [];
  named.delete(undefined);
  const bySubject = Map.groupBy(nameless, path => stemOf(path).replace(/[-_.]?\d+$/, ''));
  const rest = bySubject.size > 1 ? [...bySubject] : [['train', nameless] as const];
  const splits = named.size > 0 ? [...named] : rest;
  return new Map(splits.map(([split, files]) => [split!, oneFormat(files)]));
}

function splitOf(path: string): string | undefined {
  const folders = path.split('/').slice(0, -1).toReversed();
  const sharded = /^(.+?)-\d+-of-\d+$/.exec(stemOf(path))?.[1];
  return sharded ?? keywordIn(stemOf(path)) ?? folders.map(keywordIn).find(Boolean);
}

/** The file's name without its folder and its endings. */
function stemOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return formatOf(name)?.stem ?? name;
}

function keywordIn(name: string): string | undefined {
  const words = name.toLowerCase().split(/[^a-z]+/);
  return KEYWORDS.find(([, names]) => names.some(keyword => words.includes(keyword)))?.[0];
}

/** The same rows are often there in two formats; the first of these that is there counts. */
function oneFormat(paths: readonly string[]): readonly string[] {
  const byFormat = Map.groupBy(paths, path => formatOf(path)!.format);
  for (const format of ['parquet', 'jsonl', 'json', 'csv', 'tsv'] as const) {
    const files = byFormat.get(format);
    if (files) return files;
  }
  return [];
}
