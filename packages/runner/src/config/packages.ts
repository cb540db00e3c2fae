/**
 * What the packages of a project say about themselves in package.json: recipes, presets, loggers, commands. Nothing
 * is imported, and only what the project itself depends on is looked at.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isValues, type Values } from '@tinsmith/core/options';

export interface PluginPackage {
  readonly name: string;
  readonly version: string;
  readonly recipes: readonly string[];
  /** Other names of recipes -> the names under `recipes`. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Recipe -> preset -> config file, relative to the package. The preset `default` runs without options. */
  readonly presets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Trackers that the package's loggers send to, e.g. `wandb`. */
  readonly loggers: readonly string[];
  /** Subcommands with their descriptions. */
  readonly commands: Readonly<Record<string, string>>;
}

export interface Project {
  /** Absolute. */
  readonly manifest: string;
  /** Direct dependencies with the keyword `tinsmith-plugin`, in the order of package.json. */
  readonly plugins: readonly PluginPackage[];
  /** Direct dependencies that package.json lists and that are not there. */
  readonly notInstalled: readonly string[];
}

/** The project of a folder: the nearest package.json upwards. Undefined if there is none. */
export function findProject(from: string): Project | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    const values = readManifest(manifest);
    if (values) return { manifest, ...pluginsOf(values, manifest) };
    if (folder === dirname(folder)) return undefined;
  }
}

function pluginsOf(manifest: Values, file: string): Pick<Project, 'plugins' | 'notInstalled'> {
  const names = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap(key =>
    isValues(manifest[key]) ? Object.keys(manifest[key]) : [],
  );
  const plugins: PluginPackage[] = [];
  const notInstalled: string[] = [];
  for (const name of new Set(names)) {
    const values = packageManifest(name, file);
    if (!values) notInstalled.push(name);
    else if (textsOf(values['keywords']).includes('tinsmith-plugin')) plugins.push(declared(name, values));
  }
  return { plugins, notInstalled };
}

/** The package.json of a package, as seen from a file. Undefined if it is not installed. */
function packageManifest(name: string, from: string): Values | undefined {
  const folders = createRequire(from).resolve.paths(name) ?? [];
  for (const folder of folders) {
    const values = readManifest(join(folder, name, 'package.json'));
    if (values) return values;
  }
  return undefined;
}

/** What a plugin package says in its field `tinsmith`; what has the wrong form counts as not said. */
function declared(name: string, manifest: Values): PluginPackage {
  const said = isValues(manifest['tinsmith']) ? manifest['tinsmith'] : {};
  const presets = isValues(said['presets']) ? said['presets'] : {};
  return {
    name,
    version: String(manifest['version']),
    recipes: textsOf(said['recipes']),
    aliases: textsByName(said['aliases']),
    presets: Object.fromEntries(
      Object.entries(presets).map(([recipe, files]) => [recipe, textsByName(files)]),
    ),
    loggers: textsOf(said['loggers']),
    commands: textsByName(said['commands']),
  };
}

function readManifest(file: string): Values | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const values: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isValues(values) ? values : undefined;
  } catch {
    return undefined; // half-written or not JSON: npm itself will say so
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';

const textsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter(isText) : []);

function textsByName(value: unknown): Readonly<Record<string, string>> {
  const entries = isValues(value) ? Object.entries(value) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => isText(entry[1])));
}
