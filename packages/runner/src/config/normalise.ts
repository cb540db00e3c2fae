/** From what a config file says to a layer: one spelling per key, plugins as entries, secrets refused. */
import { nearest, TinsmithError, type ErrorDetails } from '@tinsmith/core';
import {
  describeValue,
  formatPath,
  isValues,
  type OptionPath,
  valueAt,
  type Values,
} from '@tinsmith/core/options';
import { camelCase } from './camel-case.js';
import { canonicalKey, configKeys } from './keys.js';
import type { Layer } from './layer.js';
import { readPluginEntry, type PluginEntry } from './plugin-entry.js';
import { findSecrets, secretWritten } from './secret-like.js';
import type { Source } from './source.js';

export interface NormalisedFile {
  readonly layer: Layer;
  /** What the file extends, as written. */
  readonly bases: readonly string[];
  /** The config that a recorded run was started from: its plugins are resolved from there. */
  readonly recordedConfig: string | undefined;
}

/** `shown` is the file as people see it. Problems are added to `problems`; the rest of the file is kept. */
export function normalise(source: Source, shown: string, problems: TinsmithError[]): NormalisedFile {
  const spelling = new Spelling();
  const where = (path: OptionPath) => {
    const line = source.line(path);
    return line === undefined ? shown : `${shown}:${line}`;
  };
  const report: Report = (path, details) => {
    const at = [formatPath(withName(path, written)), where(path)].filter(Boolean).join('   ');
    problems.push(new TinsmithError({ ...details, at }));
  };

  const written = isValues(source.value) ? source.value : {};
  if (written !== source.value) report([], notAnObject(source.value));
  for (const path of findSecrets(written)) report(path, secretWritten(valueAt(written, path)));

  const top = spelling.rename(written, [], canonicalKey, report);
  for (const key of Object.keys(top).filter(name => !configKeys.includes(name))) {
    report(spelling.written([key]), unknownAtTop(key));
  }
  const { extends: extended, plugins, recorded, ...values } = onlyKnown(top);
  const entries = readPlugins(plugins, source.file, report);
  return {
    bases: readBases(extended, report),
    recordedConfig:
      isValues(recorded) && typeof recorded['config'] === 'string' ? recorded['config'] : undefined,
    layer: {
      values: withCamelCaseOptions(values, spelling, report),
      plugins: entries.flatMap(entry => entry ?? []),
      place: shown,
      locate(path) {
        const inFile = asNested(written, spelling.written(withIndex(path, entries)));
        return valueAt(written, inFile) === undefined ? undefined : where(inFile);
      },
    },
  };
}

/** Keys inside an option may be written with underscores; the schema of the recipe decides later. */
function asNested(written: Values, path: OptionPath): OptionPath {
  return path.reduce<OptionPath>((found, part) => {
    const inside = valueAt(written, found);
    const isThere = !isValues(inside) || Object.hasOwn(inside, part);
    const other = isThere ? undefined : Object.keys(inside).find(key => camelCase(key) === part);
    return [...found, other ?? part];
  }, []);
}

const notAnObject = (value: unknown) => ({
  code: 'CONFIG_INVALID',
  message: 'a config is an object with recipe and plugins',
  found: value === null || value === undefined ? 'an empty file' : describeValue(value),
});

const unknownAtTop = (key: string) => ({
  code: 'OPTION_UNKNOWN',
  message: `there is no option "${key}" in a config`,
  fix: nearest(key, configKeys) ?? `one of ${configKeys.filter(known => known !== 'recorded').join(', ')}`,
});

/** Options of recipes are named in camelCase; the Cookbook's spelling of them is accepted. */
function withCamelCaseOptions(values: Values, spelling: Spelling, report: Report): Values {
  const { recipe } = values;
  if (!isValues(recipe) || !isValues(recipe['with'])) return values;
  const options = spelling.rename(recipe['with'], ['recipe', 'with'], camelCase, report);
  return { ...values, recipe: { ...recipe, with: options } };
}

const onlyKnown = (top: Values): Values =>
  Object.fromEntries(Object.entries(top).filter(([key]) => configKeys.includes(key)));

/** In `plugins`, people and problems go by name; the file goes by index. */
function withName(path: OptionPath, written: Values): OptionPath {
  const entry = path.length > 1 && path[0] === 'plugins' ? valueAt(written, path.slice(0, 2)) : undefined;
  const name = isValues(entry) ? entry['use'] : entry;
  return typeof name === 'string' ? ['plugins', name, ...path.slice(2)] : path;
}

function withIndex(path: OptionPath, entries: readonly (PluginEntry | undefined)[]): OptionPath {
  if (path[0] !== 'plugins' || path.length === 1) return path;
  const index = entries.findIndex(entry => entry?.name === path[1]);
  return ['plugins', index, ...path.slice(2)];
}

type Report = (path: OptionPath, details: Omit<ErrorDetails, 'at'>) => void;

function readBases(extended: unknown, report: Report): readonly string[] {
  if (extended === undefined || extended === null) return [];
  const list: readonly unknown[] = Array.isArray(extended) ? extended : [extended];
  return list.flatMap((base, i) => {
    if (typeof base === 'string' && base !== '') return base;
    report(Array.isArray(extended) ? ['extends', i] : ['extends'], {
      code: 'OPTION_INVALID',
      message: '"extends" must be a config file, or a list of config files',
      found: describeValue(base),
    });
    return [];
  });
}

function readPlugins(plugins: unknown, file: string, report: Report): readonly (PluginEntry | undefined)[] {
  if (plugins === undefined || plugins === null) return [];
  if (!Array.isArray(plugins)) {
    report(['plugins'], {
      code: 'OPTION_INVALID',
      message: '"plugins" must be a list',
      found: describeValue(plugins),
    });
    return [];
  }
  const seen = new Set<string>();
  return plugins.map((written: unknown, i) => {
    const entry = readPluginEntry(written, ['plugins', i], file, report);
    if (!entry) return undefined;
    if (!seen.has(entry.use ?? entry.name)) {
      seen.add(entry.use ?? entry.name);
      return entry;
    }
    report(['plugins', i], {
      code: 'PLUGIN_REPEATED',
      message: `the plugin "${entry.name}" stands in plugins more than once`,
      fix: 'keep one entry',
    });
    return undefined;
  });
}

/** Renames keys and remembers how they were written. */
class Spelling {
  readonly #written = new Map<string, string>();

  rename(values: Values, path: OptionPath, to: (key: string) => string, report: Report): Values {
    const renamed = new Map<string, unknown>();
    for (const [key, value] of Object.entries(values)) {
      const name = to(key);
      if (renamed.has(name)) {
        report([...path, key], {
          code: 'OPTION_REPEATED',
          message: `"${key}" and "${this.#written.get(formatPath([...path, name])) ?? name}" are the same option`,
          fix: 'keep one of them',
        });
        continue;
      }
      renamed.set(name, value);
      if (name !== key) this.#written.set(formatPath([...path, name]), key);
    }
    return Object.fromEntries(renamed);
  }

  written(path: OptionPath): OptionPath {
    return path.map((part, i) => this.#written.get(formatPath(path.slice(0, i + 1))) ?? part);
  }
}
