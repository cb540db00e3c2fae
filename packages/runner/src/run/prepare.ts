/**
 * From a config to a run that can start: plugins booted, the recipe and its options checked, the folder
 * planned. Finds all problems it can before it throws them together. Creates nothing on disk.
 */
import { basename } from 'node:path';
import { CONTRACT, problemsOf, throwProblems, TinsmithError, type ConfiguredPlugin } from '@tinsmith/core';
import { Kernel } from '@tinsmith/core/kernel';
import { optionProblem, placeOf } from '../config/layer.js';
import type { LoadedConfig } from '../config/load.js';
import type { LoadedPlugin } from '../config/load-plugins.js';
import type { Settings } from '../config/keys.js';
import { parsePath } from '../config/path.js';
import { defaultFolder, expandPath } from '../folder/location.js';
import { planGivenFolder, planNewFolder, type FolderPlan, type IfExists } from '../folder/plan.js';
import { checkOptions } from '../schema/check-options.js';
import { prepareRecipe, type PreparedRecipe } from './prepare-recipe.js';

export interface Prepared {
  readonly config: LoadedConfig;
  readonly settings: Settings;
  readonly kernel: Kernel;
  readonly recipe: PreparedRecipe;
  readonly folder: FolderPlan;
}

export interface Circumstances {
  readonly cwd: string;
  /** What the runner itself provides to plugins. */
  readonly builtIn: ConfiguredPlugin;
  /** Whether somebody can be asked about an existing folder. */
  readonly canAsk: boolean;
}

/** Throws a TinsmithError, or TinsmithErrors for several problems. */
export async function prepare(config: LoadedConfig, circumstances: Circumstances): Promise<Prepared> {
  const problems = [...config.problems];
  const { settings, layers } = config;
  const given = settings && (await planGiven(settings, config, circumstances).catch(keep(problems)));
  const { kernel, complete } = await boot(config, circumstances.builtIn, problems);
  try {
    const recipe =
      settings && kernel && (await prepareRecipe(settings.recipe, { kernel, layers, complete, problems }));
    throwProblems(problems);
    if (!settings || !kernel || !recipe) throw new Error('a problem of the config was not reported');
    const folder =
      given ?? (await planNewFolder(defaultFolder(recipe.name, runNameOf(recipe, settings), new Date())));
    return { config, settings, kernel, recipe, folder };
  } catch (error) {
    await kernel?.dispose();
    throw error;
  }
}

const keep = (problems: TinsmithError[]) => (error: unknown) => {
  const ours = problemsOf(error);
  if (ours.length === 0) throw error;
  problems.push(...ours);
  return undefined;
};

/** The folder, if the config says which; a default one is planned when the recipe has given it a name. */
async function planGiven(
  { logPath, ifExists }: Settings,
  { layers }: LoadedConfig,
  { cwd, canAsk }: Circumstances,
): Promise<FolderPlan | undefined> {
  if (logPath === undefined) return undefined;
  return planGivenFolder({
    path: expandPath(logPath, cwd),
    ifExists: ifExistsOf(ifExists),
    canAsk,
    cwd,
    at: placeOf(['logPath'], layers),
  });
}

const ifExistsOf = (value: Settings['ifExists']): IfExists => (value === 'delete' ? 'overwrite' : value);

function runNameOf({ definition, options, name }: PreparedRecipe, settings: Settings): string {
  return definition.runName?.(options as never, { seed: settings.seed }) ?? settings.name ?? name;
}

/** The run's name for people and trackers. */
export const displayName = (settings: Settings, folder: string) => settings.name ?? basename(folder);

/**
 * Boots what can be booted. A plugin with a problem is left out, so that the rest of the config can still be
 * checked; what then seems to be missing is not reported.
 */
async function boot(
  config: LoadedConfig,
  builtIn: ConfiguredPlugin,
  problems: TinsmithError[],
): Promise<{ kernel: Kernel | undefined; complete: boolean }> {
  const faulty = await optionProblems(config, problems);
  let plugins = config.plugins.filter(plugin => !faulty.has(plugin));
  let complete = config.pluginsComplete && faulty.size === 0;
  for (;;) {
    try {
      return {
        kernel: await Kernel.boot([builtIn, ...plugins.map(({ configured }) => configured)]),
        complete,
      };
    } catch (error) {
      const found = problemsOf(error);
      if (found.length === 0) throw error;
      problems.push(
        ...found.filter(problem => complete || !followsFromOthers(problem)).map(p => placed(p, config)),
      );
      const sound = plugins.filter(
        ({ configured }) => !found.some(({ plugin }) => plugin === configured.definition.name),
      );
      if (sound.length === plugins.length) return { kernel: undefined, complete: false };
      plugins = sound;
      complete = false;
    }
  }
}

const followsFromOthers = ({ code }: TinsmithError) =>
  code === 'PROVIDER_MISSING' || code === 'PLUGIN_MISSING';

/** Checks the options of all plugins, in plainer words than the kernel's; returns the plugins with problems. */
async function optionProblems(
  { plugins, layers }: LoadedConfig,
  problems: TinsmithError[],
): Promise<ReadonlySet<LoadedPlugin>> {
  const faulty = new Set<LoadedPlugin>();
  for (const loaded of plugins) {
    const { definition, contract, options } = loaded.configured;
    if (!definition.config || contract !== CONTRACT) continue;
    const { issues } = await checkOptions(definition.config, options);
    for (const { path, ...issue } of issues) {
      const place = ['plugins', loaded.entry.name, 'with', ...path];
      problems.push(optionProblem(layers, place, { ...issue, plugin: definition.name }));
      faulty.add(loaded);
    }
  }
  return faulty;
}

/** The kernel knows plugins by name; where they stand in a file is known here. */
function placed(problem: TinsmithError, { plugins, layers }: LoadedConfig): TinsmithError {
  const { code, message, found, fix, plugin, cause } = problem;
  const entryName = (name: unknown) =>
    plugins.find(({ configured }) => configured.definition.name === name)?.entry.name ?? String(name);
  const path = parsePath(problem.at ?? 'plugins') ?? ['plugins'];
  const inFile =
    path.length > 1
      ? ['plugins', entryName(path[1]), ...path.slice(2)]
      : plugin === undefined
        ? path
        : ['plugins', entryName(plugin)];
  return new TinsmithError({ code, message, found, fix, plugin, cause, at: placeOf(inFile, layers) });
}
