/** Arguments of a command, read strictly: an unknown flag is an error with the nearest name. */
import { parseArgs } from 'node:util';
import { nearest, TinsmithError } from '@tinsmith/core';
import type { ArgsDef } from 'citty';

export type Argument =
  | { readonly flag: string; readonly value: string }
  | { readonly flag: undefined; readonly value: string };

/** In the order of the command line, so that of two values for one option the later one holds. */
export function readArguments(argv: readonly string[], definitions: ArgsDef): readonly Argument[] {
  const flags = Object.keys(definitions).filter(name => definitions[name]?.type !== 'positional');
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(flags.map(name => [name, { type: 'string' as const, multiple: true }])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  return tokens.flatMap((token): Argument[] => {
    if (token.kind === 'option-terminator') return [];
    if (token.kind === 'positional') return [{ flag: undefined, value: token.value }];
    if (!flags.includes(token.name)) throw unknownFlag(token.rawName, flags);
    if (token.value === undefined || (!token.inlineValue && token.value.startsWith('--'))) {
      throw withoutValue(token.name);
    }
    return [{ flag: token.name, value: token.value }];
  });
}

/** The last value of one flag, and the arguments without it. A bare `--` ends the flags. */
export function takeFlag(
  argv: readonly string[],
  flag: string,
): { readonly value: string | undefined; readonly rest: readonly string[] } {
  const end = argv.indexOf('--') < 0 ? argv.length : argv.indexOf('--');
  const rest: string[] = [];
  let value: string | undefined;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (i >= end || (word !== `--${flag}` && !word.startsWith(`--${flag}=`))) {
      rest.push(word);
      continue;
    }
    value = word === `--${flag}` ? argv[++i] : word.slice(flag.length + 3);
    if (value === undefined || value === '') throw withoutValue(flag);
  }
  return { value, rest };
}

const withoutValue = (flag: string) =>
  new TinsmithError({
    code: 'ARGUMENT_INVALID',
    message: `the flag --${flag} needs a value`,
    fix: `--${flag} VALUE`,
  });

function unknownFlag(flag: string, known: readonly string[]): TinsmithError {
  const near = nearest(
    flag,
    known.map(name => `--${name}`),
  );
  const all = [...known, 'help'].map(name => `--${name}`);
  return new TinsmithError({
    code: 'FLAG_UNKNOWN',
    message: `there is no flag ${flag}`,
    fix: near ?? `one of ${all.join(', ')}`,
  });
}

/** For commands that take flags only. */
export function refuseWords(given: readonly Argument[]): void {
  const word = given.find(({ flag }) => flag === undefined);
  if (!word) return;
  throw new TinsmithError({
    code: 'ARGUMENT_INVALID',
    message: 'this command takes flags only',
    found: word.value,
    fix: '--help shows them',
  });
}
