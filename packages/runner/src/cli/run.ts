/** `tinsmith run`. Loads the rest of the package only when it runs. */
import { defineCommand } from 'citty';
import { configArguments } from './config-arguments.js';
import { shellLine, showOutcome, terminal } from './show.js';

export default defineCommand({
  meta: { name: 'run', description: 'Runs the recipe of a config.' },
  args: configArguments,
  async run({ rawArgs }) {
    const { readConfigArguments } = await import('./options.js');
    const { source, recipe } = readConfigArguments(rawArgs, process.cwd());
    const { listenForInterrupts } = await import('./interrupt.js');
    const { asker } = await import('./ask.js');
    const { runSource } = await import('../run/start.js');
    const { withNameHint } = await import('./name-hint.js');
    const interrupts = listenForInterrupts(terminal);
    const ask = asker();
    const outcome = await withNameHint(recipe, () =>
      runSource(source, {
        ...interrupts,
        ...(ask && { ask }),
        output: terminal,
        commandLine: shellLine(['tinsmith', 'run', ...rawArgs]),
      }),
    );
    return showOutcome(outcome, interrupts.stop.aborted && outcome.outcome !== 'completed', terminal);
  },
});
