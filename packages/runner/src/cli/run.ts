/** `tinsmith run`. Loads the rest of the package only when it runs. */
import { defineCommand } from 'citty';
import { configArguments } from './config-arguments.js';
import { commandForPeople } from './delegate.js';
import { shellOf, type Call } from './shell.js';
import { shellLine, showOutcome } from './show.js';

export default defineCommand({
  meta: { name: 'run', description: 'Runs the recipe of a config, or a preset of an installed recipe.' },
  args: configArguments,
  async run(call: Call) {
    const { cwd, secrets, output } = shellOf(call);
    const { sourceOf } = await import('./source.js');
    const source = await sourceOf(call.rawArgs, cwd);
    const { listenForInterrupts } = await import('./interrupt.js');
    const { asker } = await import('./ask.js');
    const { runSource } = await import('../run/start.js');
    const interrupts = listenForInterrupts(output);
    const ask = asker();
    const outcome = await runSource(source, {
      ...interrupts,
      ...(ask && { ask }),
      secrets,
      output,
      commandLine: shellLine(['tinsmith', 'run', ...call.rawArgs]),
    });
    return showOutcome(outcome, {
      interrupted: interrupts.stop.aborted && outcome.outcome !== 'completed',
      command: commandForPeople(cwd, process.env),
      output,
    });
  },
});
