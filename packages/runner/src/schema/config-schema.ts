/**
 * JSON Schema of one config: its keys, and the options of the plugins and the recipes that it loads. For editors:
 * nothing is required, because a config may be completed by what it extends and by the command line.
 */
import { problemsOf, Recipes, type Recipe, type TinsmithError } from '@tinsmith/core';
import type { Kernel } from '@tinsmith/core/kernel';
import { isValues, jsonSchemaOf, type Values } from '@tinsmith/core/options';
import { otherSpellings, settingsSchema } from '../config/keys.js';
import { snakeCase } from '../config/camel-case.js';
import type { ConfigSource } from '../config/load.js';
import type { LoadedPlugin } from '../config/load-plugins.js';
import { loadGraph } from '../explain/graph.js';
import type { EnvironmentSecrets } from '../run/secrets.js';

export interface ConfigSchema {
  readonly schema: Values;
  /** Why the options of something are not in it. */
  readonly skipped: readonly TinsmithError[];
}

export async function configSchema(source: ConfigSource, secrets: EnvironmentSecrets): Promise<ConfigSchema> {
  const { config, kernel, problems } = await loadGraph(source, secrets);
  const skipped = problems.filter(({ code }) => code.startsWith('PLUGIN_') || code === 'SETUP_FAILED');
  const recipes = await createRecipes(kernel);
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: `Tinsmith config: ${config.title}`,
    type: 'object',
    additionalProperties: false,
    properties: {
      ...topLevel(),
      plugins: { type: 'array', items: { anyOf: pluginEntries(config.plugins) } },
      recipe: recipeSchema(recipes, kernel, config.settings?.recipe.use),
    },
  };
  await kernel.dispose();
  return { schema, skipped };
}

/** The keys of every config, in all their spellings. */
function topLevel(): Values {
  const known: Values = jsonSchemaOf(settingsSchema, 'draft-07')?.properties ?? {};
  const others = Object.entries(otherSpellings).map(([written, key]) => [written, known[key]]);
  const files = { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] };
  return {
    extends: {
      ...files,
      description: 'Configs to build on: relative to this one, or files inside packages.',
    },
    ...known,
    ...Object.fromEntries(others),
  };
}

/** Each loaded plugin with its options; any other package or local file without. */
function pluginEntries(plugins: readonly LoadedPlugin[]): readonly Values[] {
  const names = plugins.map(({ entry }) => entry.name);
  const known = plugins.map(({ entry, configured: { definition } }) => ({
    type: 'object',
    additionalProperties: false,
    required: ['use'],
    properties: {
      use: { const: entry.name },
      with: definition.config ? optionsOf(definition.config) : { type: 'object', maxProperties: 0 },
    },
  }));
  const other = {
    type: 'object',
    additionalProperties: false,
    required: ['use'],
    properties: { use: { type: 'string', not: { enum: names } }, with: { type: 'object' } },
  };
  return [{ enum: names }, ...known, { type: 'string', not: { enum: names } }, other];
}

/** What a schema says about its options, none of them required. Anything, if it says nothing. */
function optionsOf(schema: Recipe['options']): Values {
  const json = jsonSchemaOf(schema, 'draft-07');
  if (!json) return { type: 'object' };
  const { $schema: _dialect, required: _required, ...rest } = json as Values;
  return rest;
}

async function createRecipes(kernel: Kernel): Promise<ReadonlyMap<string, Recipe>> {
  const recipes = new Map<string, Recipe>();
  for (const { name = '' } of kernel.offers(Recipes)) {
    try {
      recipes.set(name, await kernel.get(Recipes, name));
    } catch (error) {
      if (problemsOf(error).length === 0) throw error; // ours: `tinsmith check` reports it
    }
  }
  return recipes;
}

function recipeSchema(
  recipes: ReadonlyMap<string, Recipe>,
  kernel: Kernel,
  chosen: string | undefined,
): Values {
  const options = [...recipes].map(([name, recipe]) => ({ name, with: recipeOptions(recipe, kernel) }));
  const ofChosen = options.find(({ name }) => name === chosen);
  return {
    type: 'object',
    additionalProperties: false,
    properties: { use: { enum: [...recipes.keys()] }, with: { type: 'object' } },
    allOf: [
      ...options.map(({ name, with: known }) =>
        ifThen({ required: ['use'], properties: { use: { const: name } } }, known),
      ),
      // A config that leaves the choice to what it extends.
      ...(ofChosen ? [ifThen({ not: { required: ['use'] } }, ofChosen.with)] : []),
    ],
  };
}

const ifThen = (condition: Values, options: Values): Values => ({
  if: condition,
  // oxlint-disable-next-line unicorn/no-thenable -- the word of JSON Schema
  then: { properties: { with: options } },
});

/** Options under both spellings; those that pick a provider list its names. */
function recipeOptions(recipe: Recipe, kernel: Kernel): Values {
  const options = optionsOf(recipe.options);
  const properties = isValues(options['properties']) ? options['properties'] : {};
  const picks = Object.entries(recipe.uses).map(([option, token]) => {
    const own = isValues(properties[option]) ? properties[option] : {};
    return [option, { ...own, enum: kernel.offers(token).flatMap(({ name }) => name ?? []) }];
  });
  const all: Values = { ...properties, ...Object.fromEntries(picks) };
  const inSnakeCase = Object.entries(all).map(([name, schema]) => [snakeCase(name), schema]);
  return { ...options, properties: { ...all, ...Object.fromEntries(inSnakeCase) } };
}
