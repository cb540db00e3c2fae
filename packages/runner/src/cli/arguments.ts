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
      throw new TinsmithError({
        code: 'ARGUMENT_INVALID',
        message: `the flag --${token.name} needs a value`,
        fix: `--${token.name} VALUE`,
      });
    }
    return [{ flag: token.name, value: token.value }];
  });
}

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
