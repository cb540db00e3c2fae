/** Options given on the command line: `--set a.b=c`, and bare `key=value`. The strongest layer of a config. */
import { TinsmithError } from '@tinsmith/core';
import { formatPath, type OptionPath, parsePath, valueAt, type Values } from '@tinsmith/core/options';
import { parseDocument } from 'yaml';
import { camelCase } from './camel-case.js';
import { canonicalKey, configKeys } from './keys.js';
import type { Layer } from './layer.js';
import { unset } from './merge.js';
import type { PluginEntry } from './plugin-entry.js';
import { findSecrets, secretWritten } from './secret-like.js';

export interface Override {
  readonly path: OptionPath;
  readonly value: unknown;
  /** As given: `--set seed=1`, `seed=1`. */
  readonly given: string;
}

/** Options whose value is text, even if it looks like a number. `None` alone is the Cookbook's "back to the default". */
const texts = ['name', 'logPath', 'wandbProject', 'wandbName', 'ifExists', 'recipe.use'];

/** `--set path=value`: the path begins at the top of the config. */
export function parseSet(argument: string): Override {
  return parseOverride(argument, `--set ${argument}`, path => path);
}

/** `key=value`: a key of the config such as log_path, else an option of the recipe. */
export function parseBare(argument: string): Override {
  return parseOverride(argument, argument, path =>
    configKeys.includes(canonicalKey(String(path[0]))) ? path : ['recipe', 'with', ...path],
  );
}

function parseOverride(argument: string, given: string, place: (path: OptionPath) => OptionPath): Override {
  const [, key = '', text = ''] = /^(.*?)=(.*)$/s.exec(argument) ?? [];
  const parsed = parsePath(key);
  if (!parsed) {
    throw new TinsmithError({
      code: 'ARGUMENT_INVALID',
      message: 'an option is given as path=value',
      found: given,
      fix: '--set recipe.with.learningRate=4e-5',
    });
  }
  const path = place(parsed).map((part, i, all) => {
    if (i === 0) return canonicalKey(String(part));
    return i === 2 && all[0] === 'recipe' && all[1] === 'with' ? camelCase(String(part)) : part;
  });
  const value = text === 'None' ? unset : texts.includes(formatPath(path)) ? text : parseValue(text, given);
  const secret = findSecrets(nested(path, value)).length > 0;
  return { path, value, given: secret ? given.replace(text, '...') : given };
}

/** Text that is no YAML is itself, as in `@org/name`. */
function parseValue(text: string, given: string): unknown {
  const document = parseDocument(text, { prettyErrors: false });
  const [wrong] = [...document.errors, ...document.warnings];
  if (!wrong) return document.toJS();
  if (!/^[[{"'!&*|>]/.test(text)) return text;
  throw new TinsmithError({
    code: 'ARGUMENT_INVALID',
    message: `the value is not YAML: ${wrong.message}`,
    found: given,
    fix: 'quote it for the shell, and in YAML with "..."',
  });
}

/** `entries` are the plugins of the files: an override changes options of plugins, it adds none. */
export function overrideLayer(
  override: Override,
  entries: readonly PluginEntry[],
  problems: TinsmithError[],
): Layer {
  const { path, value, given } = override;
  const values = nested(path, value);
  for (const secret of findSecrets(values)) {
    const at = `${formatPath(secret)}   command line`;
    problems.push(new TinsmithError({ ...secretWritten(valueAt(values, secret)), at }));
  }
  const plugins = path[0] === 'plugins' ? [pluginWithOption(override, entries, problems)] : [];
  if (path[0] === 'extends' || path[0] === 'recorded') {
    problems.push(notSettable(override, `"${path[0]}" cannot be set on the command line`, '--config FILE'));
  }
  return {
    values: settable(path) ? values : {},
    plugins: plugins.flatMap(entry => entry ?? []),
    place: undefined,
    locate: asked => (sets(override, asked) ? given : undefined),
    locateInside: asked => (startsWith(path, asked) ? given : undefined),
  };
}

const settable = (path: OptionPath) => !['extends', 'recorded', 'plugins'].includes(String(path[0]));

function pluginWithOption(
  override: Override,
  entries: readonly PluginEntry[],
  problems: TinsmithError[],
): PluginEntry | undefined {
  const [, name, word, ...rest] = override.path;
  const entry = entries.find(candidate => candidate.name === name);
  if (entry && word === 'with') {
    return { ...entry, options: rest.length ? nested(rest, override.value) : override.value };
  }
  const example = entry ?? entries[0];
  problems.push(
    notSettable(
      override,
      entry ? 'the options of a plugin are below `with`' : `"${name ?? ''}" is not in plugins`,
      example && `--set ${formatPath(['plugins', example.name, 'with', 'option'])}=value`,
    ),
  );
  return undefined;
}

function notSettable({ given }: Override, message: string, fix: string | undefined): TinsmithError {
  return new TinsmithError({ code: 'ARGUMENT_INVALID', message, found: given, fix });
}

/** `['a', 'b'], 1` -> `{ a: { b: 1 } }`; own properties, whatever the keys are called. */
const nested = (path: OptionPath, value: unknown): Values =>
  path.reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), value) as Values;

/** True for the option that the override sets, and for what is inside its value. */
function sets({ path, value }: Override, asked: OptionPath): boolean {
  if (!startsWith(asked, path)) return false;
  return asked.length === path.length || valueAt(value, asked.slice(path.length)) !== undefined;
}

/** Keys inside an option may be asked for in another spelling than they were given in. */
const startsWith = (path: OptionPath, start: OptionPath): boolean =>
  start.every((part, i) => camelCase(String(part)) === camelCase(String(path[i])));
