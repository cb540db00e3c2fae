/** The recipe that a config chooses: found, its options checked, and the providers that they pick. */
import { isDeepStrictEqual } from 'node:util';
import { amend, messageOf, nearest, problemsOf, Recipes, TinsmithError, type Recipe } from '@tinsmith/core';
import { type Kernel, type Offer, providerMissing } from '@tinsmith/core/kernel';
import {
  checkOptions,
  describeValue,
  isValues,
  jsonSchemaOf,
  type OptionPath,
  parsePath,
  valueAt,
  type Values,
} from '@tinsmith/core/options';
import { isJson } from '../config/json.js';
import type { Settings } from '../config/keys.js';
import { optionProblem, placeOf, type Layer } from '../config/layer.js';
import { deepMerge } from '../config/merge.js';
import { inSpellingOf } from '../config/nested-spelling.js';
import { sameName } from '../config/preset.js';

export interface PickedProvider {
  readonly token: Recipe['uses'][string];
  readonly name: string;
  /** The plugin that provides it. */
  readonly plugin: string;
}

export interface PreparedRecipe {
  readonly name: string;
  /** The plugin that provides it. */
  readonly plugin: string;
  readonly definition: Recipe;
  /** Checked, with defaults. */
  readonly options: unknown;
  /** By option. */
  readonly picked: Readonly<Record<string, PickedProvider>>;
  /** The options as a config can give them again: with defaults where that leads to the same options. */
  readonly written: Values;
}

interface Context {
  readonly kernel: Kernel;
  readonly layers: readonly Layer[];
  /** False if plugins are missing because of other problems: what nobody provides may be theirs. */
  readonly complete: boolean;
  readonly problems: TinsmithError[];
}

/** Undefined, or with too little in it, if problems were added. */
export async function prepareRecipe(
  { use, with: merged }: Settings['recipe'],
  context: Context,
): Promise<PreparedRecipe | undefined> {
  const offer = findRecipe(use, context);
  const definition = offer && (await createRecipe(offer, context));
  if (!definition) return undefined;
  const given = inItsSpelling(definition, merged, context.layers);
  const checked = await checkRecipeOptions(definition, given).catch((cause: unknown) => {
    context.problems.push(optionsFailed(offer.plugin, cause, context));
  });
  if (!checked) return undefined;
  const { options, issues, written } = checked;
  const { layers, problems, complete } = context;
  const before = problems.length;
  problems.push(...issues.map(({ path, ...issue }) => optionProblem(layers, inRecipe(path), issue)));
  const picked = pickProviders(definition, options ?? given, given, context);
  problems.push(...missingDeps(definition, context));
  if (complete && problems.length === before) await askRecipe(definition, options, context);
  return {
    name: offer.name ?? use,
    plugin: offer.plugin,
    definition,
    options,
    picked,
    written: {
      ...written,
      ...Object.fromEntries(Object.entries(picked).map(([option, { name }]) => [option, name])),
    },
  };
}

/** Merged anew, as what one layer writes with underscores another may write without. */
function inItsSpelling({ options }: Recipe, merged: Values, layers: readonly Layer[]): Values {
  const schema = jsonSchemaOf(options);
  if (!schema) return merged;
  return layers.reduce<unknown>(
    (base, { values }) => deepMerge(base, inSpellingOf(schema, valueAt(values, ['recipe', 'with']) ?? {})),
    {},
  ) as Values;
}

const inRecipe = (path: OptionPath): OptionPath => ['recipe', 'with', ...path];

function findRecipe(use: string, context: Context): Offer | undefined {
  const offers = context.kernel.offers(Recipes);
  const offer =
    offers.find(({ name }) => name === use) ??
    offers.find(({ name = '' }) => sameName(name, use)) ??
    offers.find(({ provider }) => provider.aliases?.some(alias => sameName(alias, use)));
  if (!offer) reportMissing(use, 'use', Recipes, ['recipe', 'use'], context);
  return offer;
}

async function createRecipe(
  offer: Offer,
  { kernel, problems, layers }: Context,
): Promise<Recipe | undefined> {
  try {
    const recipe = await kernel.get(Recipes, offer.name ?? '');
    if (recipe.specification === 'v1') return recipe;
    problems.push(
      optionProblem(layers, ['recipe', 'use'], {
        code: 'RECIPE_UNSUPPORTED',
        plugin: offer.plugin,
        message: 'the recipe is made for another version of Tinsmith',
        found: `specification ${String(recipe.specification)}; this version runs v1`,
        fix: `update tinsmith or ${offer.plugin}`,
      }),
    );
  } catch (error) {
    const ours = problemsOf(error);
    if (ours.length === 0) throw error;
    problems.push(...ours);
  }
  return undefined;
}

/** A schema says what is wrong; one that throws is wrong itself. */
const optionsFailed = (plugin: string, cause: unknown, { layers }: Context) =>
  optionProblem(layers, ['recipe', 'with'], {
    code: 'OPTIONS_FAILED',
    plugin,
    message: `the options of the recipe cannot be checked: ${messageOf(cause)}`,
    cause,
  });

async function checkRecipeOptions({ options: schema, uses }: Recipe, given: Values) {
  const { value, issues } = await checkOptions(schema, given, Object.keys(uses));
  if (issues.length > 0 || !isValues(value) || !isJson(value))
    return { options: value, issues, written: given };
  // A schema may turn options into something else; only what goes in again unchanged can be written down.
  const again = await checkOptions(schema, value);
  return { options: value, issues, written: isDeepStrictEqual(again.value, value) ? value : given };
}

/** `uses` options: in the schema too, where a default can stand, or only in the config. */
function pickProviders(
  { uses, options: schema }: Recipe,
  checked: unknown,
  given: Values,
  context: Context,
): Readonly<Record<string, PickedProvider>> {
  const picked: Record<string, PickedProvider> = {};
  const defaults = jsonSchemaOf(schema)?.properties;
  for (const [option, token] of Object.entries(uses)) {
    // Of options with problems there is no checked value: then the default is what the schema says of itself.
    const name = valueAt(checked, [option]) ?? given[option] ?? defaults?.[option]?.default;
    const path = inRecipe([option]);
    const offer = context.kernel.offers(token).find(candidate => candidate.name === name);
    if (offer && typeof name === 'string') picked[option] = { token, name, plugin: offer.plugin };
    else if (typeof name === 'string') reportMissing(name, option, token, path, context);
    else reportUnpicked(name, option, token, path, context);
  }
  return picked;
}

type NamedToken = Recipe['uses'][string];

function reportMissing(
  name: string,
  option: string,
  token: NamedToken,
  path: OptionPath,
  context: Context,
): void {
  const { kernel, layers, complete, problems } = context;
  const offers = kernel.offers(token);
  const names = namesOf(offers);
  const near = nearest(name, names);
  if (!complete && near === undefined) return;
  const { code, message, found, fix } = providerMissing(token, name, offers);
  const only = near ?? (names.length === 1 ? names[0] : undefined);
  problems.push(
    optionProblem(layers, path, { code, message, found, fix: only ? `${option}: ${only}` : fix }),
  );
}

function reportUnpicked(
  value: unknown,
  option: string,
  token: NamedToken,
  path: OptionPath,
  context: Context,
): void {
  const { kernel, layers, complete, problems } = context;
  const names = namesOf(kernel.offers(token));
  const missing = value === undefined;
  const choice = names.length ? `${option}: ${names.join(' | ')}` : undefined;
  const toAdd = complete ? `add a plugin that provides an ${token.id} to plugins` : undefined;
  problems.push(
    optionProblem(layers, path, {
      code: missing ? 'OPTION_MISSING' : 'OPTION_INVALID',
      message: missing
        ? `"${option}" is missing: which ${token.id} to use`
        : `"${option}" must be the name of one ${token.id}`,
      found: missing ? undefined : describeValue(value),
      fix: choice ?? toAdd?.replace(/ an (?![aeiou])/, ' a '),
    }),
  );
}

const namesOf = (offers: readonly Offer[]) => offers.flatMap(({ name }) => name ?? []);

function missingDeps({ deps }: Recipe, { kernel, layers, complete }: Context): readonly TinsmithError[] {
  if (!complete) return [];
  return Object.values(deps).flatMap(token =>
    token.cardinality !== 'one' || kernel.offers(token).length > 0
      ? []
      : providerMissing(token, undefined, [], placeOf(['recipe', 'use'], layers)),
  );
}

/** What the recipe itself finds wrong with its options, at their place in the config. */
async function askRecipe(
  recipe: Recipe,
  options: unknown,
  { kernel, layers, problems }: Context,
): Promise<void> {
  if (!recipe.check) return;
  try {
    await recipe.check(options as never, (await kernel.resolve(recipe.deps)) as never);
  } catch (error) {
    const ours = problemsOf(error);
    if (ours.length === 0) throw error;
    problems.push(...ours.map(problem => amend(problem, { at: placeInConfig(problem.at, layers) })));
  }
}

/** Something else than an option of the recipe, such as a file, stays what it is. */
function placeInConfig(at: string | undefined, layers: readonly Layer[]): string {
  const path = at === undefined ? ['recipe', 'with'] : parsePath(at);
  return path?.[0] === 'recipe' ? placeOf(path, layers) : at!;
}
