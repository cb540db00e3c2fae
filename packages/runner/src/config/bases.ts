/** `extends`: reads the files that a config builds on, the weakest first, and refuses loops. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { problemsOf, TinsmithError } from '@tinsmith/core';
import { normalise, type NormalisedFile } from './normalise.js';
import { readSource } from './source.js';

export type Show = (file: string) => string;

/** A config file after the files that it extends. */
export async function readWithBases(
  file: string,
  show: Show,
  problems: TinsmithError[],
  chain: readonly string[] = [],
): Promise<readonly NormalisedFile[]> {
  const source = await readSource(file, show(file));
  const normalised = normalise(source, show(file), problems);
  const below: NormalisedFile[] = [];
  const ancestors = [...chain, file];
  for (const base of normalised.bases) {
    const at = `extends   ${normalised.layer.locate(['extends']) ?? show(file)}`;
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
      below.push(...(await readWithBases(target, show, problems, ancestors).catch(collect(problems))));
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

/**
 * A file relative to the config, or a file inside a package, which is data and need not be exported. The
 * package is looked for from the config's folder. Undefined if there is no such file.
 */
function resolveBase(base: string, file: string): string | undefined {
  const beside = resolve(dirname(file), base);
  if (existsSync(beside) || isAbsolute(base) || base.startsWith('.'))
    return existsSync(beside) ? beside : undefined;
  const folders = createRequire(file).resolve.paths(base) ?? [];
  return folders.map(folder => join(folder, base)).find(candidate => existsSync(candidate));
}
