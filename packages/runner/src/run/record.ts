/**
 * config.json: what a run was started with, enough to run it again. `recorded` says how and from where; all
 * other keys are an ordinary config.
 */
import { TinsmithError } from '@tinsmith/core';
import { describeValue, formatPath, isValues, type OptionPath, type Values } from '@tinsmith/core/options';
import { createHash } from 'node:crypto';
import { parse } from 'node:path';
import { isJson } from '../config/json.js';
import { parseRecord, recordFile } from '../folder/record-file.js';
import type { LocalRunDirectory } from '../folder/run-directory.js';
import { version } from '../version.js';
import type { Prepared } from './prepare.js';

export interface RecordedCircumstances {
  readonly logPath: string;
  readonly commandLine: string;
  /** Takes secrets out of values and free text. Keys and names stay: without them the file is no config. */
  readonly redact: (text: string) => string;
}

/** Paths of local plugins are absolute, and package names are resolved from `recorded.config`: the file works from any folder. */
export function recordOf(
  { config, settings, recipe }: Prepared,
  { logPath, commandLine, redact }: RecordedCircumstances,
): Values {
  const clean = (value: unknown) => redactedValues(value, redact);
  const definitions = config.plugins.map(({ configured }) => configured.definition);
  return {
    ...(settings.name !== undefined && { name: redact(settings.name) }),
    seed: settings.seed,
    ...(settings.strict && { strict: true }),
    ...(settings.wandbProject !== undefined && { wandb_project: redact(settings.wandbProject) }),
    ...(settings.wandbName !== undefined && { wandb_name: redact(settings.wandbName) }),
    plugins: config.plugins.map(({ importAgain, options }) =>
      isValues(options) && isJson(options) && Object.keys(options).length > 0
        ? { use: importAgain, with: clean(options) }
        : { use: importAgain },
    ),
    recipe: { use: recipe.name, with: { ...(clean(recipe.written) as Values), ...pickedNames(recipe) } },
    recorded: {
      log_path: logPath,
      config: config.resolveFrom,
      command: redact(commandLine),
      versions: {
        tinsmith: version,
        node: process.versions.node,
        plugins: Object.fromEntries(definitions.map(definition => [definition.name, definition.version])),
      },
    },
  };
}

/** Names of providers, as `use` of a recipe is one. */
const pickedNames = ({ picked }: Prepared['recipe']): Values =>
  Object.fromEntries(Object.entries(picked).map(([option, { name }]) => [option, name]));

/** All texts below `value`; keys stay. */
function redactedValues(
  value: unknown,
  redact: (text: string) => string,
  above: readonly unknown[] = [],
): unknown {
  if (typeof value === 'string') return redact(value);
  if (above.includes(value)) return undefined; // a program's value can contain itself, JSON cannot
  const inside = [...above, value];
  if (Array.isArray(value)) return value.map((member: unknown) => redactedValues(member, redact, inside));
  if (!isValues(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, redactedValues(member, redact, inside)]),
  );
}

/** Writes config.json; the one of an earlier attempt is kept as config.attempt-N.json. */
export async function writeRecord(directory: LocalRunDirectory, record: Values): Promise<void> {
  await keepAttempt(directory, recordFile);
  await directory.writeAsIs(recordFile, recordText(record));
}

export const recordText = (record: Values): string => `${JSON.stringify(record, undefined, 2)}\n`;

/** Copies `name.ext` of an earlier attempt to `name.attempt-N.ext`, so that it can be written anew. */
export async function keepAttempt(directory: LocalRunDirectory, name: string): Promise<void> {
  const earlier = await directory.read(name);
  if (earlier === undefined) return;
  const { name: stem, ext } = parse(name);
  for (let attempt = 1; ; attempt++) {
    const copy = `${stem}.attempt-${attempt}${ext}`;
    if ((await directory.read(copy)) === undefined) return directory.writeAsIs(copy, earlier);
  }
}

/** A setting that an earlier attempt had with another value; both in words. */
export interface ChangedSetting {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** What differs from the earlier attempt, e.g. `seed`. Empty if there is no earlier attempt of ours. */
export async function changedSettings(
  directory: LocalRunDirectory,
  record: Values,
): Promise<readonly ChangedSetting[]> {
  const earlier = parseRecord(await directory.read(recordFile));
  if (!earlier) return [];
  // Through JSON, as the earlier one went: undefined is dropped, keys and numbers are as they will be read.
  const before = flatten(comparable(earlier));
  const after = flatten(comparable(JSON.parse(JSON.stringify(record)) as Values));
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths]
    .filter(path => before.get(path) !== after.get(path))
    .map(path => ({
      path,
      before: before.get(path) ?? 'nothing',
      after: after.get(path) ?? 'nothing',
    }));
}

export const inWords = (changed: readonly ChangedSetting[]): string =>
  changed.map(({ path, before, after }) => `${path} ${before} -> ${after}`).join(', ');

/**
 * Refuses settings that make batch N another one than in the attempt that is gone on from: seed, recipe, and the options that
 * the recipe names in `batchOptions`. A recipe that names none is not judged.
 * @throws RUN_CONFIG_CHANGED
 */
export function refuseOtherBatches(
  changed: readonly ChangedSetting[],
  batchOptions: readonly string[] | undefined,
  at: string,
): void {
  if (!batchOptions) return;
  const own = ['seed', 'recipe.use', ...batchOptions.map(option => `recipe.with.${option}`)];
  const others = changed.filter(({ path }) =>
    own.some(key => path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`)),
  );
  if (others.length === 0) return;
  throw new TinsmithError({
    code: 'RUN_CONFIG_CHANGED',
    message: 'the run cannot go on with other data: what batch N is has changed since its last checkpoint',
    at,
    found: inWords(others),
    fix: 'the earlier values, or another log_path for a new run',
  });
}

/** SHA-256 of what says how a run trains: seed, recipe with its options, plugins with theirs. The order of keys does not count. */
export function configHash({ seed, recipe, plugins }: Values): string {
  const text = JSON.stringify({ seed, recipe, plugins }, (_, value: unknown) =>
    isValues(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash('sha256').update(text).digest('hex');
}

function comparable({ seed, recipe, plugins, recorded }: Values): Values {
  const entries = (Array.isArray(plugins) ? plugins : []).filter(isValues);
  const versions =
    isValues(recorded) && isValues(recorded['versions']) ? recorded['versions']['plugins'] : {};
  return {
    seed,
    recipe,
    plugins: Object.fromEntries(entries.map(entry => [String(entry['use']), { with: entry['with'] }])),
    versions,
  };
}

/** Leaves by path, each in words that fit a line. */
function flatten(value: unknown, path: OptionPath = []): Map<string, string> {
  if (isValues(value)) {
    return new Map(Object.entries(value).flatMap(([key, member]) => [...flatten(member, [...path, key])]));
  }
  if (value === undefined) return new Map();
  return new Map([[formatPath(path), Array.isArray(value) ? JSON.stringify(value) : describeValue(value)]]);
}
