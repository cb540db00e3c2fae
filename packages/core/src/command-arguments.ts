/** The arguments of a command that a plugin adds, read strictly. Knows no command. */
import { parseArgs } from 'node:util';
import { TinsmithError } from './error.js';
import { nearest } from './nearest.js';

/** What follows a flag: one value, or nothing. */
export type FlagKind = 'value' | 'switch';

export interface CommandArguments<F extends Readonly<Record<string, FlagKind>>> {
  /** What is no flag, in order. */
  readonly words: readonly string[];
  /** The flags that were given; of two values the later one. */
  readonly flags: { readonly [Name in keyof F]?: F[Name] extends 'value' ? string : true };
}

/**
 * @param flags by name, without the dashes
 * @throws FLAG_UNKNOWN with the nearest flag; ARGUMENT_INVALID for a flag without its value or with one too many.
 */
export function readCommandArguments<const F extends Readonly<Record<string, FlagKind>>>(
  given: readonly string[],
  flags: F,
): CommandArguments<F> {
  const { tokens } = parseArgs({
    args: [...given],
    options: Object.fromEntries(
      Object.entries(flags).map(([name, kind]) => [
        name,
        { type: kind === 'value' ? ('string' as const) : ('boolean' as const) },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words: string[] = [];
  const found: Record<string, string | true> = {};
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const kind = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (kind === undefined) throw unknownFlag(token.rawName, Object.keys(flags));
    const { value, inlineValue } = token;
    if (kind === 'value') {
      if (value === undefined || (!inlineValue && value.startsWith('--'))) throw withoutValue(token.name);
      found[token.name] = value;
    } else {
      if (value !== undefined) throw withValue(token.name, value);
      found[token.name] = true;
    }
  }
  return { words, flags: found as CommandArguments<F>['flags'] };
}

function unknownFlag(flag: string, known: readonly string[]): TinsmithError {
  const all = known.map(name => `--${name}`);
  return new TinsmithError({
    code: 'FLAG_UNKNOWN',
    message: `there is no flag ${flag}`,
    fix: nearest(flag, all) ?? `one of ${[...all, '--help'].join(', ')}`,
  });
}

const withoutValue = (flag: string) =>
  new TinsmithError({
    code: 'ARGUMENT_INVALID',
    message: `the flag --${flag} needs a value`,
    fix: `--${flag} VALUE`,
  });

const withValue = (flag: string, value: string) =>
  new TinsmithError({
    code: 'ARGUMENT_INVALID',
    message: `the flag --${flag} takes no value`,
    found: value,
    fix: `--${flag}`,
  });
