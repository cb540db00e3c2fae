/** Options that a plugin takes inside others', such as those of an environment: checked in the words of all checks. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { throwProblems, TinsmithError } from '../error.js';
import { checkOptions } from './check-options.js';
import { formatPath, parsePath, type OptionPath } from './path.js';
import type { OptionIssue } from './sentence.js';
import type { StandardSchema } from './standard.js';
import { isValues } from './values.js';

/** Whose options they are, and where they stand. */
export interface OptionsPlace {
  /** In the config, e.g. `recipe.with.envOptions`. */
  readonly at: string;
  /** What takes the options, e.g. `this environment`; not needed with `plugin`, which stands before the message. */
  readonly owner?: string | undefined;
  readonly plugin?: string | undefined;
}

/**
 * What the schema makes of the options, with defaults. Without a schema no option is taken. Throws
 * OPTION_MISSING, OPTION_INVALID or OPTION_UNKNOWN, all problems together.
 */
export async function parseOptions<S extends StandardSchema>(
  schema: S | undefined,
  options: unknown,
  place: OptionsPlace,
): Promise<StandardSchemaV1.InferOutput<S> | undefined> {
  const { value, problems } = await optionProblems(schema, options, place);
  throwProblems(problems);
  return value;
}

/** The same without throwing. */
export async function optionProblems(
  schema: StandardSchema | undefined,
  options: unknown,
  { at, owner, plugin }: OptionsPlace,
): Promise<{ readonly value: unknown; readonly problems: readonly TinsmithError[] }> {
  if (!schema) {
    const keys = isValues(options) ? Object.keys(options) : [];
    if (keys.length === 0) return { value: undefined, problems: [] };
    const message = owner === undefined ? 'takes no options' : `${owner} takes no options`;
    const problem = { code: 'OPTION_UNKNOWN', plugin, message, at, found: keys.join(', ') };
    const name = (parsePath(at) ?? [at]).at(-1);
    return { value: undefined, problems: [new TinsmithError({ ...problem, fix: `remove \`${name}\`` })] };
  }
  const { value, issues } = await checkOptions(schema, options);
  return { value, problems: issues.map(issue => placed(issue, parsePath(at) ?? [at], plugin)) };
}

function placed({ path, ...issue }: OptionIssue, at: OptionPath, plugin: string | undefined): TinsmithError {
  return new TinsmithError({ ...issue, plugin, at: formatPath([...at, ...path]) });
}
