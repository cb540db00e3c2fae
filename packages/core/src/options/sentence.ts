/**
 * Issues of a schema as plain sentences. Issues of zod 4 carry what was expected; of other libraries only
 * the message and the path are known.
 */
import { nearest } from '../nearest.js';
import { knownKeys, memberSchema, type JsonSchema } from './json-schema.js';
import { formatPath, type OptionPath } from './path.js';
import type { StandardIssue } from './standard.js';
import { describeValue, valueAt } from './values.js';

/** A problem with one option, before its place in a file is known. */
export interface OptionIssue {
  /** From the options that were checked. */
  readonly path: OptionPath;
  readonly code: 'OPTION_MISSING' | 'OPTION_INVALID' | 'OPTION_UNKNOWN';
  readonly message: string;
  readonly found?: string | undefined;
  readonly fix?: string | undefined;
}

/** The fields of zod's issues that are read here. */
interface ZodIssue extends StandardIssue {
  readonly code?: string;
  readonly expected?: string;
  readonly values?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly inclusive?: boolean;
  readonly origin?: string;
  readonly keys?: readonly string[];
  readonly divisor?: number;
  readonly format?: string;
  readonly errors?: readonly (readonly ZodIssue[])[];
}

export function unknownKey(path: OptionPath, known: readonly string[] | undefined): OptionIssue {
  const near = known && nearest(String(path.at(-1)), known);
  const choice = known && (known.length > 1 ? `one of ${known.join(', ')}` : (known[0] ?? 'remove it'));
  return {
    path,
    code: 'OPTION_UNKNOWN',
    message: `there is no option "${formatPath(path)}"`,
    fix: near ?? choice,
  };
}

/** `value` is what was checked, `schema` its JSON Schema if it has one. */
export function sentences(
  issue: ZodIssue,
  value: unknown,
  schema: JsonSchema | undefined,
): readonly OptionIssue[] {
  const path = (issue.path ?? []).map(part => {
    const key = typeof part === 'object' ? part.key : part;
    return typeof key === 'symbol' ? String(key) : key;
  });
  const at = path.reduce<JsonSchema | undefined>((inner, key) => inner && memberSchema(inner, key), schema);
  if (issue.code === 'unrecognized_keys') {
    const known = at && knownKeys(at);
    return (issue.keys ?? []).map(key => unknownKey([...path, key], known));
  }
  const inner = issue.code === 'invalid_union' ? bestBranch(issue) : undefined;
  if (inner) {
    return inner.flatMap(deeper =>
      sentences({ ...deeper, path: [...path, ...(deeper.path ?? [])] }, value, schema),
    );
  }

  const name = path.length ? `"${formatPath(path)}"` : 'the value';
  const found = valueAt(value, path);
  const wanted = expectation(issue, at);
  if (found === undefined && issue.code !== 'custom' && path.length > 0) {
    const fix = wanted === undefined ? undefined : `add ${path.at(-1)}: ${wanted}`;
    return [{ path, code: 'OPTION_MISSING', message: `${name} is missing`, fix }];
  }
  const near =
    issue.code === 'invalid_value' && typeof found === 'string' && nearest(found, texts(issue.values));
  return [
    {
      path,
      code: 'OPTION_INVALID',
      message: wanted === undefined ? issue.message : `${name} must be ${wanted}`,
      found: found === undefined ? undefined : describeValue(found),
      fix: near || undefined,
    },
  ];
}

const texts = (values: readonly unknown[] = []) => values.filter(value => typeof value === 'string');

/** What must stand there, to be read after "must be". Undefined if only the issue's own message says it. */
function expectation(issue: ZodIssue, schema: JsonSchema | undefined): string | undefined {
  const { minimum, maximum, inclusive, origin } = issue;
  switch (issue.code) {
    case 'invalid_type':
      return typeInWords(schema?.type === 'integer' ? 'int' : issue.expected);
    case 'invalid_value':
      return oneOf(issue.values ?? []);
    case 'invalid_union':
      return unionInWords(issue, schema);
    case 'too_small':
      if (origin === 'string')
        return minimum === 1 ? 'a text that is not empty' : `a text of at least ${minimum} characters`;
      if (origin !== 'number' && origin !== 'int') return `a list of at least ${minimum}`;
      return inclusive ? `at least ${minimum}` : `greater than ${minimum}`;
    case 'too_big':
      if (origin === 'string') return `a text of at most ${maximum} characters`;
      if (origin !== 'number' && origin !== 'int') return `a list of at most ${maximum}`;
      return inclusive ? `at most ${maximum}` : `less than ${maximum}`;
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return issue.format === 'regex' ? undefined : `a valid ${issue.format}`;
    default:
      return undefined;
  }
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const typeInWords = (type: string | undefined) =>
  type === undefined ? undefined : (typeWords[type] ?? `a ${type}`);

function oneOf(values: readonly unknown[]): string {
  const words = values.map(value =>
    typeof value === 'string' && value !== '' ? value : describeValue(value),
  );
  return words.length === 1 ? String(words[0]) : `one of ${words.join(', ')}`;
}

/** The branch that a value was meant for: the one whose problems lie deeper than its type. */
function bestBranch(issue: ZodIssue): readonly ZodIssue[] | undefined {
  return issue.errors?.find(branch =>
    branch.every(
      ({ path, code }) => (path?.length ?? 0) > 0 || (code !== 'invalid_type' && code !== 'invalid_value'),
    ),
  );
}

function unionInWords({ errors = [] }: ZodIssue, schema: JsonSchema | undefined): string | undefined {
  const schemas = schema?.anyOf ?? schema?.oneOf;
  const words = errors.map((branch, i) => branch[0] && expectation(branch[0], schemas?.[i]));
  return words.length > 0 && !words.includes(undefined) ? [...new Set(words)].join(' or ') : undefined;
}
