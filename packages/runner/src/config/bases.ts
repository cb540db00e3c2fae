/** `extends`: reads the files that a config builds on, the weakest first, and refuses loops. */
import { problemsOf, TinsmithError } from '@tinsmith/core';
import { normalise, type NormalisedFile } from './normalise.js';
import { resolveBase } from './resolve-base.js';
import { readSource, type Source } from './source.js';

export type Show = (file: string) => string;

export interface Reading {
  readonly show: Show;
  /** False for a config that a program gives: it has no place to show. */
  readonly isFile: boolean;
}

/** A config after the files that it extends. */
export async function readWithBases(
  source: Source,
  { show, isFile }: Reading,
  problems: TinsmithError[],
  chain: readonly string[] = [],
): Promise<readonly NormalisedFile[]> {
  const { file } = source;
  const shown = isFile ? show(file) : '';
  const normalised = normalise(source, shown, problems);
  const below: NormalisedFile[] = [];
  const ancestors = [...chain, file];
  for (const base of normalised.bases) {
    const at = `extends   ${normalised.layer.locate(['extends']) ?? shown}`.trimEnd();
    const target = resolveBase(base, file);
    if (target === undefined) {
      problems.push(
        new TinsmithError({
          code: 'CONFIG_NOT_FOUND',
          message: `there is no config "${base}" to extend`,
          at,
        }),
      );
    } else if (ancestors.includes(target)) {
      const loop = [...ancestors.slice(ancestors.indexOf(target)), target].map(show).join(' -> ');
      problems.push(
        new TinsmithError({
          code: 'CONFIG_LOOP',
          message: 'configs extend each other',
          at,
          found: loop,
          fix: 'remove one `extends`',
        }),
      );
    } else {
      const read = async () =>
        readWithBases(await readSource(target, show(target)), { show, isFile: true }, problems, ancestors);
      below.push(...(await read().catch(collect(problems))));
    }
  }
  return [...below, normalised];
}

/** Keeps our problems for the report of all; anything else is a defect and goes on up. */
function collect(problems: TinsmithError[]) {
  return (error: unknown): readonly NormalisedFile[] => {
    const ours = problemsOf(error);
    if (ours.length === 0) throw error;
    problems.push(...ours);
    return [];
  };
}
