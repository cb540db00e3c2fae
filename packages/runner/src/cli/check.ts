/** `tinsmith check`: everything that `run` checks before it begins, and nothing else. */
import { defineCommand } from 'citty';
import { configArguments } from './config-arguments.js';
import { exitCodes, terminal } from './show.js';

export default defineCommand({
  meta: {
    name: 'check',
    description: 'Checks a config and its plugins, says what would run, creates nothing.',
  },
  args: configArguments,
  async run({ rawArgs }) {
    const { readConfigArguments } = await import('./options.js');
    const { source, recipe } = readConfigArguments(rawArgs, process.cwd());
    const { checkSource } = await import('../run/check.js');
    const { withNameHint } = await import('./name-hint.js');
    for (const line of await withNameHint(recipe, () => checkSource(source))) terminal.out(line);
    return exitCodes.done;
  },
});
