/** `tinsmith sweep`: the same run for every point of a grid. Loads the rest of the package only when it runs. */
import { resolve } from 'node:path';
import { throwProblems, TinsmithError } from '@tinsmith/core';
import { defineCommand, type ArgsDef } from 'citty';
import { readArguments, type Argument } from './arguments.js';
import { configArguments } from './config-arguments.js';
import { shellOf, type Call } from './shell.js';

const own: ArgsDef = {
  grid: {
    type: 'string',
    valueHint: 'path=value,value',
    description: 'an option and the values that are tried; may be repeated: every combination is run',
  },
  parallel: { type: 'string', valueHint: 'N', description: 'runs side by side; default 1' },
  out: {
    type: 'string',
    valueHint: 'FOLDER',
    description:
      'one folder per run below it; default: a new one below /tmp/tinker-sweeps. The same again: goes on',
  },
  metric: {
    type: 'string',
    valueHint: 'NAME',
    description: "what decides; default: the run's reward or loss",
  },
  best: {
    type: 'string',
    valueHint: 'low|high',
    description: 'which end is better; default: high for rewards',
  },
  budget: {
    type: 'string',
    valueHint: 'N',
    description: 'examples that each run sees: max_steps follows from the size of its batches',
  },
};
const { 'log-path': _, 'if-exists': __, ...ofRun } = configArguments;
const args: ArgsDef = { ...ofRun, ...own };

export default defineCommand({
  meta: {
    name: 'sweep',
    description: 'Runs a recipe for every combination of some options, and says which is best.',
  },
  args,
  async run(call: Call) {
    const shell = shellOf(call);
    const given = readArguments(call.rawArgs, args);
    const [{ sweep, defaultFolder }, { parseAxis }, { interruptible }] = await Promise.all([
      import('../sweep/sweep.js'),
      import('../sweep/grid.js'),
      import('./plugin-command.js'),
    ]);
    const last = (flag: string) => given.findLast(one => one.flag === flag)?.value;
    const problems: TinsmithError[] = [];
    const checked = <T>(flag: string, read: (text: string) => T | undefined, fix: string): T | undefined => {
      const text = last(flag);
      const value = text === undefined ? undefined : read(text);
      if (text !== undefined && value === undefined) problems.push(invalid(flag, text, fix));
      return value;
    };
    const grids = given.filter(({ flag }) => flag === 'grid');
    if (grids.length === 0) problems.push(withoutGrid());
    const parallel = checked('parallel', positive, '--parallel 2') ?? 1;
    const budget = checked('budget', positive, '--budget 100000');
    const best = checked(
      'best',
      text => (text === 'low' || text === 'high' ? text : undefined),
      '--best low',
    );
    throwProblems(problems);
    const axes = grids.map(({ value }) => parseAxis(value));
    const out = last('out');
    const request = {
      cwd: shell.cwd,
      base: given.flatMap(ofBase),
      axes,
      folder: out === undefined ? defaultFolder(new Date()) : resolve(shell.cwd, out),
      budget,
    };
    return interruptible(signal => sweep(request, { shell, parallel, metric: last('metric'), best, signal }));
  },
});

/** What every cell is run with. */
const ofBase = ({ flag, value }: Argument): string[] =>
  flag === undefined ? [value] : Object.hasOwn(own, flag) ? [] : [`--${flag}=${value}`];

const positive = (text: string) => (/^[1-9]\d*$/.test(text) ? Number(text) : undefined);

const invalid = (flag: string, found: string, fix: string) =>
  new TinsmithError({ code: 'ARGUMENT_INVALID', message: `--${flag} cannot be that`, found, fix });

const withoutGrid = () =>
  new TinsmithError({
    code: 'ARGUMENT_MISSING',
    message: 'what is tried is missing',
    fix: '--grid recipe.with.learningRate=1e-4,3e-4',
  });
