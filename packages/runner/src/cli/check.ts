/** `tinsmith check`: everything that `run` checks before it begins, and nothing else. */
import { defineCommand } from 'citty';
import { configArguments } from './config-arguments.js';
import { shellOf, type Call } from './shell.js';
import { exitCodes } from './show.js';

export default defineCommand({
  meta: {
    name: 'check',
    description: 'Checks a config and its plugins, says what would run, creates nothing.',
  },
  args: configArguments,
  async run(call: Call) {
    const { cwd, secrets, output } = shellOf(call);
    const { sourceOf } = await import('./source.js');
    const source = await sourceOf(call.rawArgs, cwd);
    const { checkSource } = await import('../run/check.js');
    for (const line of await checkSource(source, secrets)) output.out(line);
    return exitCodes.done;
  },
});
