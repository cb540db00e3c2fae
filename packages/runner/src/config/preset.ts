/**
 * `tinsmith run NAME`: finds the recipe among the project's plugin packages, and the preset that the package ships
 * for it. The result is an ordinary config that extends the preset's file.
 */
import { dirname, join } from 'node:path';
import { nearest, TinsmithError } from '@tinsmith/core';
import { installCommand, uninstallCommand } from './install.js';
import { findProject, type PluginPackage, type Project } from './packages.js';

export interface PresetChoice {
  /** As typed: `math_rl` or `math-rl`. */
  readonly recipe: string;
  /** Default: the preset `default`. */
  readonly preset: string | undefined;
  /** Whether `wandb_project` is set, so that a logger for it is wanted. */
  readonly wantsTracker: boolean;
}

export interface PresetConfig {
  /** The config in words: `preset default of math_rl (@tinsmith/recipe-math-rl)`. */
  readonly title: string;
  readonly value: { readonly extends: string; readonly plugins: readonly string[]; readonly recipe: object };
  /** As the package calls it. */
  readonly recipe: string;
  /** The folder of the project: packages are resolved from there. */
  readonly folder: string;
}

/** Throws if there is no such recipe or preset, or more than one; then nothing has been imported. */
export function presetConfig(choice: PresetChoice, cwd: string): PresetConfig {
  const project = findProject(cwd);
  if (!project) throw noProject(choice.recipe, cwd);
  const { plugin, recipe } = findRecipe(choice.recipe, project);
  const presets = plugin.presets[recipe] ?? {};
  const name = choice.preset ?? 'default';
  const file = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (file === undefined) throw noPreset(name, recipe, plugin);
  const loggers = choice.wantsTracker ? [findTracker('wandb', project).name] : [];
  return {
    title: `preset ${name} of ${recipe} (${plugin.name})`,
    value: {
      extends: join(plugin.name, file).replaceAll('\\', '/'),
      plugins: loggers,
      recipe: { use: recipe },
    },
    recipe,
    folder: dirname(project.manifest),
  };
}

/** The Cookbook writes names of recipes with underscores, npm with hyphens. */
export const sameName = (a: string, b: string): boolean => a.replaceAll('-', '_') === b.replaceAll('-', '_');

function findRecipe(wanted: string, project: Project): { plugin: PluginPackage; recipe: string } {
  const all = project.plugins.flatMap(plugin => plugin.recipes.map(recipe => ({ plugin, recipe })));
  const named = all.filter(({ recipe }) => sameName(recipe, wanted));
  const found =
    named.length > 0
      ? named
      : all.filter(({ plugin, recipe }) =>
          Object.entries(plugin.aliases).some(([alias, of]) => of === recipe && sameName(alias, wanted)),
        );
  if (found.length > 1)
    throw tooMany(
      `a recipe "${wanted}"`,
      found.map(({ plugin }) => plugin),
      project,
    );
  if (found[0]) return found[0];
  const near = nearest(
    wanted,
    all.map(({ recipe }) => recipe),
  );
  throw new TinsmithError({
    code: 'RECIPE_NOT_FOUND',
    message: `no package that this project depends on has a recipe "${wanted}"`,
    at: project.manifest,
    found: foundInstead(
      all.map(({ plugin, recipe }) => `"${recipe}" (${plugin.name})`),
      project,
    ),
    fix:
      near === undefined
        ? installCommand(`@tinsmith/recipe-${wanted.replaceAll('_', '-')}`, project.manifest)
        : `tinsmith run ${near}`,
  });
}

function findTracker(tracker: string, project: Project): PluginPackage {
  const found = project.plugins.filter(({ loggers }) => loggers.includes(tracker));
  if (found.length > 1) throw tooMany(`a logger for ${tracker}`, found, project);
  if (found[0]) return found[0];
  throw new TinsmithError({
    code: 'LOGGER_NOT_FOUND',
    message: `${tracker}_project is set, and no package that this project depends on sends metrics there`,
    at: project.manifest,
    found: foundInstead(
      project.plugins.flatMap(({ loggers }) => loggers.map(name => `"${name}"`)),
      project,
    ),
    fix: installCommand(`@tinsmith/logger-${tracker}`, project.manifest),
  });
}

const foundInstead = (there: readonly string[], { notInstalled }: Project): string =>
  [
    there.join(', ') || 'none',
    ...(notInstalled.length > 0 ? [`not installed: ${notInstalled.join(', ')}`] : []),
  ].join('; ');

function tooMany(what: string, plugins: readonly PluginPackage[], { manifest }: Project): TinsmithError {
  const names = plugins.map(({ name }) => name);
  return new TinsmithError({
    code: 'PLUGIN_AMBIGUOUS',
    message: `${names.length} packages that this project depends on have ${what}`,
    at: manifest,
    found: names.join(', '),
    fix: `a config that lists one of them in plugins, or ${uninstallCommand(names.at(-1)!, manifest)}`,
  });
}

export function noProject(recipe: string, cwd: string): TinsmithError {
  const name = `@tinsmith/recipe-${recipe.replaceAll('_', '-')}`;
  return new TinsmithError({
    code: 'PROJECT_NOT_FOUND',
    message: `"${recipe}" is looked for among the packages of a project, and there is no package.json here or above`,
    at: cwd,
    fix: `npm init -y && ${installCommand(`tinsmith ${name}`, join(cwd, 'package.json'))}`,
  });
}

function noPreset(name: string, recipe: string, { name: plugin, presets }: PluginPackage): TinsmithError {
  const names = Object.keys(presets[recipe] ?? {});
  return new TinsmithError({
    code: 'PRESET_UNKNOWN',
    message: `${plugin} has no preset "${name}" for ${recipe}`,
    found: names.join(', ') || 'no presets',
    fix:
      names.length > 0 ? `preset=${nearest(name, names) ?? names[0]}` : 'a config of your own: tinsmith init',
  });
}
