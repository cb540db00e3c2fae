/** The command line of `tinsmith sweep`, read strictly. */
import { resolve } from 'node:path';
import { throwProblems, TinsmithError } from '@tinsmith/core';
import { readArguments, type Argument } from '../cli/arguments.js';
import { ofSweep, sweepArguments } from '../cli/sweep-arguments.js';
import { parseAxis } from './grid.js';
import type { SweepRequest } from './plan.js';
import type { Wanted } from './results.js';
import { defaultFolder } from './sweep.js';

export interface SweepCall extends Wanted {
  readonly request: SweepRequest;
  readonly parallel: number;
}

/** @throws ARGUMENT_MISSING, ARGUMENT_INVALID, FLAG_UNKNOWN */
export function readSweep(argv: readonly string[], cwd: string): SweepCall {
  const given = readArguments(argv, sweepArguments);
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
  const best = checked('best', end, '--best low');
  throwProblems(problems);
  const out = last('out');
  const request = {
    cwd,
    base: given.flatMap(ofBase),
    axes: grids.map(({ value }) => parseAxis(value)),
    folder: out === undefined ? defaultFolder(new Date()) : resolve(cwd, out),
    budget,
  };
  return { request, parallel, metric: last('metric'), best };
}

const end = (text: string) => (text === 'low' || text === 'high' ? text : undefined);

/** What every cell is run with. */
const ofBase = ({ flag, value }: Argument): string[] =>
  flag === undefined ? [value] : Object.hasOwn(ofSweep, flag) ? [] : [`--${flag}=${value}`];

const positive = (text: string) => (/^[1-9]\d*$/.test(text) ? Number(text) : undefined);

const invalid = (flag: string, found: string, fix: string) =>
  new TinsmithError({ code: 'ARGUMENT_INVALID', message: `--${flag} cannot be that`, found, fix });

const withoutGrid = () =>
  new TinsmithError({
    code: 'ARGUMENT_MISSING',
    message: 'what is tried is missing',
    fix: '--grid recipe.with.learningRate=1e-4,3e-4',
  });
