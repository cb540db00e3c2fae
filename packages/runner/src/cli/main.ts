/** The command `tinsmith`: picks the subcommand, and loads nothing that it does not need. */
import { stripVTControlCharacters } from 'node:util';
import { nearest, TinsmithError } from '@tinsmith/core';
import { defineCommand, renderUsage, runCommand, type CommandDef } from 'citty';
import { redacted } from '../run/report.js';
import { EnvironmentSecrets } from '../run/secrets.js';
import { version } from '../version.js';
import type { Shell } from './shell.js';
import { exitCodes, showThrown, terminal } from './show.js';

const commands: Readonly<Record<string, () => Promise<CommandDef>>> = {
  run: async () => (await import('./run.js')).default,
  check: async () => (await import('./check.js')).default,
  explain: async () => (await import('./explain.js')).default,
  plugins: async () => (await import('./plugins.js')).default,
  schema: async () => (await import('./schema.js')).default,
  init: async () => (await import('./init.js')).default,
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
  const secrets = new EnvironmentSecrets(process.env);
  const shell: Shell = { cwd: process.cwd(), secrets, output: redacted(terminal, secrets.redact) };
  try {
    return await dispatch(argv, shell);
  } catch (error) {
    return showThrown(error, shell.output);
  }
}

async function dispatch([first, ...rest]: readonly string[], shell: Shell): Promise<number> {
  if (first === '--version' || first === '-v') shell.output.out(version);
  else if (first === undefined || first === '--help' || first === '-h') {
    await showUsage(tinsmith, shell);
    await showCommandsOfPlugins(shell);
    return first === undefined ? exitCodes.badInput : exitCodes.done;
  } else if (first.startsWith('-')) throw unknownFlag(first);
  else {
    const load = Object.hasOwn(commands, first) ? commands[first] : undefined;
    if (!load) return runOther(first, rest, shell);
    const command = await load();
    if (!rest.includes('--help') && !rest.includes('-h')) {
      return (await runCommand(command, { rawArgs: rest, data: shell })).result as number;
    }
    await showUsage(command, shell, tinsmith);
  }
  return exitCodes.done;
}

async function runOther(name: string, rest: readonly string[], shell: Shell): Promise<number> {
  const { runPluginCommand } = await import('./plugin-command.js');
  return runPluginCommand(name, rest, Object.keys(commands), shell);
}

async function showCommandsOfPlugins({ cwd, output }: Shell): Promise<void> {
  const { configCommands } = await import('./config-commands.js');
  const listed = await configCommands(cwd);
  if (listed.length === 0) return;
  const width = Math.max(...listed.map(({ name }) => name.length));
  output.out('COMMANDS OF PLUGINS\n');
  for (const { name, description, plugin } of listed) {
    output.out(`  ${name.padStart(width)}    ${description} (${plugin})`);
  }
  output.out('');
}

const unknownFlag = (flag: string) =>
  new TinsmithError({
    code: 'FLAG_UNKNOWN',
    message: `there is no flag ${flag} before a command`,
    fix: nearest(flag, ['--version', '--help']) ?? 'one of --version, --help',
  });

async function showUsage(command: CommandDef, { output }: Shell, parent?: CommandDef): Promise<void> {
  const usage = await renderUsage(command, parent);
  output.out(process.stdout.isTTY ? usage : stripVTControlCharacters(usage));
}
