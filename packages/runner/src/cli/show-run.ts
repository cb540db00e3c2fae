/** `tinsmith show`: what a run has come to, from the files in its folder. */
import { resolve } from 'node:path';
import { readCommandArguments, TinsmithError } from '@tinsmith/core';
import { defineCommand, type ArgsDef } from 'citty';
import { shellOf, type Call } from './shell.js';
import { exitCodes } from './show.js';

const args: ArgsDef = {
  folder: { type: 'positional', required: false, description: 'run folder (the log_path of the run)' },
  metric: {
    type: 'string',
    valueHint: 'NAME',
    description: "what is plotted; default: the run's reward or loss",
  },
  rollouts: { type: 'string', valueHint: 'N', description: 'best and worst rollouts shown; default 3' },
  json: { type: 'boolean', description: 'everything that is known, as one line of JSON' },
};
const flags = { metric: 'value', rollouts: 'value', json: 'switch' } as const;

export default defineCommand({
  meta: {
    name: 'show',
    description: 'Shows a run: its curve, metrics, checkpoints, best and worst rollouts.',
  },
  args,
  async run(call: Call) {
    const { cwd, output } = shellOf(call);
    const { words, flags: given } = readCommandArguments(call.rawArgs, flags);
    const folder = resolve(cwd, theOneWord(words));
    const count = countOf(given.rollouts);
    const { readRun } = await import('../show-run/read-run.js');
    const run = await readRun(folder);
    if (given.json) output.out(JSON.stringify(run));
    else {
      const [{ runLines }, { describeTerminal }] = await Promise.all([
        import('../show-run/run-lines.js'),
        import('@tinsmith/terminal'),
      ]);
      const terminal = describeTerminal(process.stdout, process.env);
      for (const line of runLines(run, { terminal, metric: given.metric, rollouts: count })) output.out(line);
    }
    return exitCodes.done;
  },
});

function theOneWord(words: readonly string[]): string {
  const [folder, ...more] = words;
  if (folder !== undefined && more.length === 0) return folder;
  throw new TinsmithError({
    code: folder === undefined ? 'ARGUMENT_MISSING' : 'ARGUMENT_INVALID',
    message: folder === undefined ? 'which run to show is missing' : 'one run is shown at a time',
    ...(more.length > 0 && { found: more.join(' ') }),
    fix: 'tinsmith show FOLDER',
  });
}

const DEFAULT_ROLLOUTS = 3;

function countOf(text: string | undefined): number {
  const count = text === undefined ? DEFAULT_ROLLOUTS : Number(text);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new TinsmithError({
    code: 'ARGUMENT_INVALID',
    message: '--rollouts must be a whole number',
    found: text,
    fix: '--rollouts 3',
  });
}
