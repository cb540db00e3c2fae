/** `tinsmith init`: a config for a project that has a recipe package installed. */
import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { nearest, problemsOf, Recipes, TinsmithError } from '@tinsmith/core';
import { isValues, jsonSchemaOf } from '@tinsmith/core/options';
import { installCommand } from '../config/install.js';
import { shown } from '../config/load.js';
import { findProject, type Project } from '../config/packages.js';
import { noProject, presetConfig } from '../config/preset.js';
import { requireFolder, writeTextFile } from '../config/write-file.js';
import { loadGraph } from '../explain/graph.js';
import type { EnvironmentSecrets } from '../run/secrets.js';
import { configText } from './config-text.js';
import { skipDownload } from './skip-download.js';

export interface InitAnswers {
  readonly recipe?: string | undefined;
  readonly preset?: string | undefined;
  readonly name?: string | undefined;
  /** Default `tinsmith.config.yaml`. */
  readonly file?: string | undefined;
}

/** Asks one question; the answer may be empty. Undefined where nobody can be asked. */
export type Ask = ((question: string) => Promise<string>) | undefined;

/** Writes the config and what the package manager is to leave out; returns what to tell the user. Throws before anything is written. */
export async function init(
  answers: InitAnswers,
  { cwd, secrets, ask }: { readonly cwd: string; readonly secrets: EnvironmentSecrets; readonly ask: Ask },
): Promise<readonly string[]> {
  const file = resolve(cwd, answers.file ?? 'tinsmith.config.yaml');
  refuseExisting(file, cwd);
  requireFolder(file, shown(file, cwd));
  const project = findProject(dirname(file));
  if (!project) throw noProject(answers.recipe ?? 'math_rl', cwd);
  const recipe = answers.recipe ?? (await chooseRecipe(project, ask));
  const preset = answers.preset ?? (await choosePreset(project, recipe, ask));
  const source = presetConfig({ recipe, preset, wantsTracker: false }, dirname(file));
  const fallback = basename(dirname(project.manifest));
  const name = answers.name ?? ((await ask?.(`Name of the runs? (${fallback}) `)) || fallback);

  const { config, kernel, problems } = await loadGraph({ cwd, ...source }, secrets);
  const wrong = problems.filter(({ code }) => code !== 'PLUGIN_NOT_FOUND' && !code.startsWith('PROVIDER_'));
  if (wrong[0]) throw wrong[0];
  const definition = await kernel.get(Recipes, source.recipe).catch(ifOurs);
  await kernel.dispose();
  const settings = config.settings?.recipe.with;
  const text = configText({
    name,
    recipe: source.recipe,
    base: source.value.extends,
    schema: definition && jsonSchemaOf(definition.options),
    settings: isValues(settings) ? settings : {},
  });
  await writeTextFile(file, text, { shown: shown(file, cwd), flag: 'wx' });
  const changed = await skipDownload(project.manifest);
  const missing = config.problems.flatMap(({ code, message }) =>
    code === 'PLUGIN_NOT_FOUND' ? (/"(.*)"/.exec(message)?.[1] ?? []) : [],
  );
  return [
    [`wrote ${shown(file, cwd)}`, ...changed.map(other => `a line in ${other}`)].join(' and '),
    ...(missing.length > 0 ? [`to install   ${installCommand(missing.join(' '), project.manifest)}`] : []),
    'to check     npx tinsmith check',
    'to run       npx tinsmith run',
  ];
}

function ifOurs(error: unknown): undefined {
  if (problemsOf(error).length === 0) throw error;
  return undefined;
}

function refuseExisting(file: string, cwd: string): void {
  if (!existsSync(file)) return;
  throw new TinsmithError({
    code: 'CONFIG_EXISTS',
    message: 'there is a config already, and it is left as it is',
    at: shown(file, cwd),
    fix: '--file OTHER.yaml, or change the one that is there',
  });
}

async function chooseRecipe({ plugins, manifest }: Project, ask: Ask): Promise<string> {
  const names = plugins.flatMap(({ recipes }) => recipes);
  if (names.length === 1) return names[0]!;
  if (names.length === 0) {
    throw new TinsmithError({
      code: 'RECIPE_NOT_FOUND',
      message: 'no package that this project depends on has a recipe',
      at: manifest,
      fix: installCommand('@tinsmith/recipe-math-rl', manifest),
    });
  }
  return choose('recipe', names, ask);
}

async function choosePreset({ plugins }: Project, recipe: string, ask: Ask): Promise<string> {
  const presets = plugins.map(plugin => plugin.presets[recipe]).find(found => found !== undefined);
  const names = Object.keys(presets ?? {});
  return names.length > 1 && ask ? choose('preset', names, ask) : 'default';
}

/** The first is the default. */
async function choose(what: string, names: readonly string[], ask: Ask): Promise<string> {
  if (!ask) {
    throw new TinsmithError({
      code: 'ARGUMENT_MISSING',
      message: `which ${what}? There is no terminal to ask on`,
      found: names.join(', '),
      fix: `--${what} ${names[0]}`,
    });
  }
  for (;;) {
    const answer = (await ask(`Which ${what}: ${names.join(', ')}? (${names[0]}) `)).trim() || names[0]!;
    const found = names.find(name => name === answer) ?? nearest(answer, names);
    if (found !== undefined) return found;
  }
}
