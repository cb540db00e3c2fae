/** The command `tinsmith`: picks the subcommand, and loads nothing that it does not need. */
import { stripVTControlCharacters } from 'node:util';
import { nearest, TinsmithError } from '@tinsmith/core';
import { defineCommand, renderUsage, runCommand, type CommandDef } from 'citty';
import { version } from '../version.js';
import { exitCodes, showThrown, terminal } from './show.js';

const commands: Readonly<Record<string, () => Promise<CommandDef>>> = {
  run: async () => (await import('./run.js')).default,
  check: async () => (await import('./check.js')).default,
};

const tinsmith = defineCommand({
  meta: {
    name: 'tinsmith',
    version,
    description: 'LLM post-training: recipes as plugins, driven by one config.',
  },
  subCommands: { ...commands },
});

/** Returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const [first, ...rest] = argv;
    if (first === '--version' || first === '-v') terminal.out(version);
    else if (first === '--help' || first === '-h') await showUsage(tinsmith);
    else if (first === undefined) {
      await showUsage(tinsmith);
      return exitCodes.badInput;
    } else {
      const command = await commandNamed(first);
      if (rest.includes('--help') || rest.includes('-h')) await showUsage(command, tinsmith);
      else return (await runCommand(command, { rawArgs: rest })).result as number;
    }
    return exitCodes.done;
  } catch (error) {
    return showThrown(error, terminal);
  }
}

async function commandNamed(name: string): Promise<CommandDef> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load) return load();
  const flag = name.startsWith('-');
  const candidates = flag ? ['--version', '--help'] : Object.keys(commands);
  throw new TinsmithError({
    code: flag ? 'FLAG_UNKNOWN' : 'COMMAND_UNKNOWN',
    message: flag ? `there is no flag ${name} before a command` : `there is no command "${name}"`,
    fix: nearest(name, candidates) ?? `one of ${candidates.join(', ')}`,
  });
}

async function showUsage(command: CommandDef, parent?: CommandDef): Promise<void> {
  const usage = await renderUsage(command, parent);
  terminal.out(process.stdout.isTTY ? usage : stripVTControlCharacters(usage));
}
