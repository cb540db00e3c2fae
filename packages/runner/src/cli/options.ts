/** What the arguments of `run` and `check` mean for the config. */
import { throwProblems, problemsOf, TinsmithError } from '@tinsmith/core';
import type { ConfigArguments } from '../config/choose.js';
import { parseBare, parseSet, type Override } from '../config/overrides.js';
import { readArguments, type Argument } from './arguments.js';
import { configArguments } from './config-arguments.js';

const presetPrefix = 'preset=';

/** Throws all problems of the arguments together. */
export function readConfigArguments(argv: readonly string[], cwd: string): ConfigArguments {
  const problems: TinsmithError[] = [];
  const overrides: Override[] = [];
  let file: string | undefined;
  let recipe: string | undefined;
  let preset: string | undefined;
  for (const { flag, value } of readArguments(argv, configArguments)) {
    try {
      if (flag === 'config') file = value;
      else if (flag === 'preset') preset = value;
      else if (flag === undefined && value.startsWith(presetPrefix))
        preset = value.slice(presetPrefix.length);
      else if (flag !== undefined || value.includes('=')) overrides.push(overrideOf({ flag, value }));
      else if (recipe === undefined) recipe = value;
      else
        throw new TinsmithError({
          code: 'ARGUMENT_INVALID',
          message: `there is one recipe in a run`,
          found: `${recipe} and ${value}`,
          fix: 'key=value for an option',
        });
    } catch (error) {
      const ours = problemsOf(error);
      if (ours.length === 0) throw error;
      problems.push(...ours);
    }
  }
  throwProblems(problems);
  return { cwd, file, overrides, recipe, preset };
}

function overrideOf({ flag, value }: Argument): Override {
  if (flag === undefined) return parseBare(value);
  if (flag === 'set') return parseSet(value);
  return { ...parseBare(`${flag.replaceAll('-', '_')}=${value}`), given: `--${flag} ${value}` };
}
