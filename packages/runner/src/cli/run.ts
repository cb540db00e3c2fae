/** `tinsmith run`. Loads the rest of the package only when it runs. */
import { defineCommand, type ArgsDef } from 'citty';
import type { ConfigSource } from '../config/load.js';
import { configArguments } from './config-arguments.js';
import { commandForPeople } from './delegate.js';
import { shellOf, type Call, type Shell } from './shell.js';
import { exitCodes, shellLine, showOutcome } from './show.js';

const args: ArgsDef = {
  ...configArguments,
  'dry-run': {
    type: 'boolean',
    description:
      'checks everything and shows the first batch, token by token; trains, samples and writes nothing',
  },
};

export default defineCommand({
  meta: { name: 'run', description: 'Runs the recipe of a config, or a preset of an installed recipe.' },
  args,
  async run(call: Call) {
    const shell = shellOf(call);
    const { cwd, secrets, output } = shell;
    const { sourceOf } = await import('./source.js');
    const isDry = call.rawArgs.includes('--dry-run');
    const source = await sourceOf(
      call.rawArgs.filter(word => word !== '--dry-run'),
      cwd,
    );
    if (isDry) return showDryRun(source, shell);
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

async function showDryRun(source: ConfigSource, { secrets, output }: Shell): Promise<number> {
  const [{ dryRun }, { dryRunLines }, { describeTerminal }, { interruptible }] = await Promise.all([
    import('../dry-run/dry-run.js'),
    import('../dry-run/dry-run-lines.js'),
    import('@tinsmith/terminal'),
    import('./plugin-command.js'),
  ]);
  return interruptible(async signal => {
    const dry = await dryRun(source, secrets, signal);
    for (const line of dryRunLines(dry, describeTerminal(process.stdout, process.env))) output.out(line);
    return exitCodes.done;
  });
}
