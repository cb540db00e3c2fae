/** The whole config: the file, what it extends, and the command line, merged; its plugins loaded. */
import { relative, resolve } from 'node:path';
import { throwProblems, type Secrets, type TinsmithError } from '@tinsmith/core';
import { checkOptions, valueAt, type Values } from '@tinsmith/core/options';
import { readWithBases, type Show } from './bases.js';
import { shareCore } from './core-copies.js';
import { requireConfig } from './find.js';
import { settingsSchema, type Settings } from './keys.js';
import { optionProblem, type Layer } from './layer.js';
import { findReferences, notForSecrets } from './references.js';
import { loadPlugins, type LoadedPlugin } from './load-plugins.js';
import { deepMerge } from './merge.js';
import { overrideLayer, type Override } from './overrides.js';
import { mergeEntries } from './plugin-entry.js';
import { readSource, type Source } from './source.js';

export interface ConfigSource {
  readonly cwd: string;
  /** `--config`; without it the project's config is found. */
  readonly file?: string | undefined;
  /** A config given by a program, instead of a file. Plugins and paths are relative to `folder`. */
  readonly value?: unknown;
  /** Default: `cwd`. */
  readonly folder?: string;
  /** What a config without a file is called. */
  readonly title?: string;
  readonly overrides?: readonly Override[];
}

export interface LoadedConfig {
  /** Absolute; undefined for a config given by a program. */
  readonly file: string | undefined;
  /** The config for people: its file as seen from the working directory, or what else it is. */
  readonly title: string;
  /** Where plugins named in the config are resolved from: a file, which need not exist. */
  readonly resolveFrom: string;
  /** Without those that are wrong, so that the others can be checked; undefined if the recipe is not clear. */
  readonly settings: Settings | undefined;
  readonly plugins: readonly LoadedPlugin[];
  /** False if a plugin could not be loaded: then others may seem to be missing something. */
  readonly pluginsComplete: boolean;
  readonly layers: readonly Layer[];
  readonly problems: readonly TinsmithError[];
}

/** Throws if the file cannot be read at all. Everything else goes to `problems`. */
export async function loadConfig(source: ConfigSource, secrets: Secrets): Promise<LoadedConfig> {
  shareCore();
  const problems: TinsmithError[] = [];
  const { cwd, overrides = [], folder = cwd } = source;
  const show: Show = file => shown(file, cwd);
  const file = fileOf(source);
  const top =
    file === undefined
      ? ofProgram(source.value, resolve(folder, 'tinsmith.config.ts'))
      : await readSource(file, show(file));
  const files = await readWithBases(top, { show, isFile: file !== undefined }, problems);
  throwUnreadable(problems);

  const entries = mergeEntries(files.map(({ layer }) => layer.plugins));
  const layers = [
    ...files.map(({ layer }) => layer),
    ...overrides.map(override => overrideLayer(override, entries, problems)),
  ];
  const settings = await checkSettings(layers, problems);

  const resolveFrom = files.at(-1)?.recordedConfig ?? top.file;
  const merged = mergeEntries(layers.map(layer => layer.plugins));
  const plugins = await loadPlugins(merged, { resolveFrom, layers, secrets, problems });
  return {
    file,
    title: file === undefined ? (source.title ?? 'given by a program') : show(file),
    resolveFrom,
    settings,
    plugins,
    pluginsComplete: plugins.length === merged.length,
    layers,
    problems,
  };
}

async function checkSettings(
  layers: readonly Layer[],
  problems: TinsmithError[],
): Promise<Settings | undefined> {
  const merged = layers.reduce<unknown>((base, layer) => deepMerge(base, layer.values), {}) as Values;
  const { value, issues } = await checkOptions(settingsSchema, merged);
  problems.push(...issues.map(({ path, ...issue }) => optionProblem(layers, path, issue)));
  for (const path of findReferences(merged)) {
    problems.push(optionProblem(layers, path, notForSecrets(String(valueAt(merged, path)))));
  }
  if (issues.length === 0) return value as Settings;
  const wrong = new Set(issues.map(({ path }) => path[0]));
  const right = Object.fromEntries(Object.entries(merged).filter(([key]) => !wrong.has(key)));
  return settingsSchema.safeParse(right).data;
}

function fileOf({ cwd, file, value }: ConfigSource): string | undefined {
  if (value !== undefined) return undefined;
  return file === undefined ? requireConfig(cwd) : resolve(cwd, file);
}

/** `file` need not exist: it says where paths and packages are looked for. */
const ofProgram = (value: unknown, file: string): Source => ({ file, value, line: () => undefined });

/** Relative to the working directory if it is below, else absolute. */
export function shown(file: string, cwd: string): string {
  const path = relative(cwd, file);
  return path === '' || path.startsWith('..') ? file : path;
}

const unreadable = [
  'CONFIG_UNREADABLE',
  'CONFIG_INVALID',
  'CONFIG_LOOP',
  'CONFIG_NOT_FOUND',
  'CORE_DUPLICATE',
];

// What a file that cannot be read would have said is not known: other problems might be false.
function throwUnreadable(problems: readonly TinsmithError[]): void {
  if (problems.some(({ code }) => unreadable.includes(code))) throwProblems(problems);
}
