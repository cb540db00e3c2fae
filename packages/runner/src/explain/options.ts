/** Each option with its value, where it came from, and what its default is. */
import {
  checkOptions,
  describeValue,
  formatPath,
  isValues,
  jsonSchemaOf,
  type OptionPath,
  type Values,
} from '@tinsmith/core/options';
import { settingsSchema } from '../config/keys.js';
import type { Layer } from '../config/layer.js';
import { isJson } from '../config/json.js';
import type { Prepared } from '../run/prepare.js';

/** Path, value, source. */
type Row = readonly [path: string, value: string, source: string];

export async function optionRows({ config, settings, recipe }: Prepared): Promise<readonly Row[]> {
  const { layers, plugins } = config;
  const { recipe: _, ...top } = settings;
  const rows = rowsOf([], top, jsonSchemaOf(settingsSchema)?.properties, layers).filter(
    ([path]) => path !== 'recipe',
  );
  rows.push(['recipe.use', recipe.name, setBy(['recipe', 'use'], layers) ?? 'default']);
  const options = { ...(isValues(recipe.options) ? recipe.options : {}), ...recipe.written };
  rows.push(
    ...rowsOf(['recipe', 'with'], options, jsonSchemaOf(recipe.definition.options)?.properties, layers),
  );
  for (const { entry, configured, options: written } of plugins) {
    const { config: schema } = configured.definition;
    if (!schema) continue;
    const { value } = await checkOptions(schema, configured.options);
    const values = { ...(isValues(value) ? value : {}), ...(isValues(written) ? written : {}) };
    rows.push(...rowsOf(['plugins', entry.name, 'with'], values, jsonSchemaOf(schema)?.properties, layers));
  }
  return rows;
}

/** `schemas` are those of the options, with their defaults and also for options that have no value. */
function rowsOf(
  path: OptionPath,
  values: Values,
  schemas: Readonly<Record<string, object>> = {},
  layers: readonly Layer[],
): Row[] {
  return [...new Set([...Object.keys(schemas), ...Object.keys(values)])].map(name => {
    const at = [...path, name];
    const source = setBy(at, layers);
    const schema: { readonly default?: unknown } = schemas[name] ?? {};
    const standard = schema.default === undefined ? '' : ` (default ${inShort(schema.default)})`;
    return [formatPath(at), inShort(values[name]), source === undefined ? 'default' : `${source}${standard}`];
  });
}

/** Where the strongest layer sets the option, or something inside it. Undefined: nowhere, the default holds. */
function setBy(path: OptionPath, layers: readonly Layer[]): string | undefined {
  for (const layer of layers.toReversed()) {
    const where = layer.locate(path) ?? layer.locateInside?.(path);
    if (where !== undefined) return where || 'the config';
  }
  return undefined;
}

const widest = 60;

function inShort(value: unknown): string {
  if (value === undefined) return '-';
  const text = isJson(value) && typeof value !== 'string' ? JSON.stringify(value) : describeValue(value);
  return text.length > widest ? describeValue(value) : text;
}
