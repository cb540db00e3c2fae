/**
 * From a config to a run that can start: plugins booted, the recipe and its options checked, the folder
 * planned. Finds all problems it can before it throws them together. Creates nothing on disk.
 */
import { basename } from 'node:path';
import {
  amend,
  messageOf,
  problemsOf,
  throwProblems,
  TinsmithError,
  type ConfiguredPlugin,
} from '@tinsmith/core';
import { type Assembly, Kernel } from '@tinsmith/core/kernel';
import { parsePath } from '@tinsmith/core/options';
import { placeOf } from '../config/layer.js';
import type { LoadedConfig } from '../config/load.js';
import type { Settings } from '../config/keys.js';
import { defaultFolder, expandPath } from '../folder/location.js';
import { planGivenFolder, planNewFolder, type FolderPlan, type IfExists } from '../folder/plan.js';
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
  const { kernel, complete } = await assemble(config, circumstances.builtIn, problems);
  try {
    const recipe = settings && (await prepareRecipe(settings.recipe, { kernel, layers, complete, problems }));
    throwProblems(problems);
    if (!settings || !recipe) throw new Error('a problem of the config was not reported');
    const folder =
      given ?? (await planNewFolder(defaultFolder(recipe.name, runNameOf(recipe, settings), new Date())));
    return { config, settings, kernel, recipe, folder };
  } catch (error) {
    await kernel.dispose();
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

function runNameOf({ definition, options, name, plugin }: PreparedRecipe, settings: Settings): string {
  try {
    return definition.runName?.(options as never, { seed: settings.seed }) ?? settings.name ?? name;
  } catch (cause) {
    throw new TinsmithError({
      code: 'RUN_NAME_FAILED',
      plugin,
      message: `the recipe "${name}" cannot name the run: ${messageOf(cause)}`,
      fix: 'log_path=FOLDER, which needs no name',
      cause,
    });
  }
}

/** The run's name for people and trackers. */
export const displayName = (settings: Settings, folder: string) => settings.name ?? basename(folder);

/** The kernel of a config's plugins; their problems get the place in the file. */
export async function assemble(
  config: LoadedConfig,
  builtIn: ConfiguredPlugin,
  problems: TinsmithError[],
): Promise<Assembly> {
  const assembly = await Kernel.assemble([builtIn, ...config.plugins.map(({ configured }) => configured)], {
    complete: config.pluginsComplete,
  });
  problems.push(...assembly.problems.map(problem => placed(problem, config)));
  return assembly;
}

/** The kernel knows plugins by name; where they stand in a file is known here. */
function placed(problem: TinsmithError, { plugins, layers }: LoadedConfig): TinsmithError {
  const entryName = (name: unknown) =>
    plugins.find(({ configured }) => configured.definition.name === name)?.entry.name ?? String(name);
  const path = parsePath(problem.at ?? 'plugins') ?? ['plugins'];
  const inFile =
    path.length > 1
      ? ['plugins', entryName(path[1]), ...path.slice(2)]
      : problem.plugin === undefined
        ? path
        : ['plugins', entryName(problem.plugin)];
  return amend(problem, { at: placeOf(inFile, layers) });
}
