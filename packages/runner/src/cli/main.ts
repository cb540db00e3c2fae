/** The command `tinsmith`: picks the subcommand, and loads nothing that it does not need. */
import { nearest, TinsmithError } from '@tinsmith/core';
import { runCommand, type CommandDef } from 'citty';
import { redacted } from '../run/report.js';
import { EnvironmentSecrets } from '../run/secrets.js';
import { version } from '../version.js';
import type { Shell } from './shell.js';
import { exitCodes, showThrown, terminal } from './show.js';
import { commandUsage, overview, type UsageRow } from './usage.js';

const commands: Readonly<Record<string, () => Promise<CommandDef>>> = {
  run: async () => (await import('./run.js')).default,
  check: async () => (await import('./check.js')).default,
  explain: async () => (await import('./explain.js')).default,
  plugins: async () => (await import('./plugins.js')).default,
  schema: async () => (await import('./schema.js')).default,
  sweep: async () => (await import('./sweep.js')).default,
  show: async () => (await import('./show-run.js')).default,
  checkpoints: async () => (await import('./checkpoints.js')).default,
  init: async () => (await import('./init.js')).default,
};

const title = `tinsmith ${version}: LLM post-training. Recipes are plugins, one config drives a run.`;

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

/** For what was thrown where nobody waited for it. Returns the exit code. */
export function showUncaught(error: unknown): number {
  return showThrown(error, redacted(terminal, new EnvironmentSecrets(process.env).redact));
}

async function dispatch([first, ...rest]: readonly string[], shell: Shell): Promise<number> {
  if (first === '--version' || first === '-v') shell.output.out(version);
  else if (first === undefined || first === '--help' || first === '-h') {
    shell.output.out(overview(title, await ownCommands(), await commandsOfPlugins(shell.cwd)));
    return first === undefined ? exitCodes.badInput : exitCodes.done;
  } else if (first.startsWith('-')) throw unknownFlag(first);
  else {
    const load = Object.hasOwn(commands, first) ? commands[first] : undefined;
    if (!load) return runOther(first, rest, shell);
    const command = await load();
    const asksHelp = rest.includes('--help') || rest.includes('-h');
    // How checkpoints are merged says the plugin that does it.
    if (!asksHelp || (first === 'checkpoints' && rest[0] === 'merge')) {
      return (await runCommand(command, { rawArgs: rest, data: shell })).result as number;
    }
    shell.output.out(await commandUsage(command));
  }
  return exitCodes.done;
}

async function runOther(name: string, rest: readonly string[], shell: Shell): Promise<number> {
  const { runPluginCommand } = await import('./plugin-command.js');
  return runPluginCommand(name, rest, Object.keys(commands), shell);
}

async function ownCommands(): Promise<readonly UsageRow[]> {
  const rows = Object.entries(commands).map(async ([name, load]): Promise<UsageRow> => {
    const { meta } = await load();
    const { description = '' } = (await (typeof meta === 'function' ? meta() : meta)) ?? {};
    return [name, description];
  });
  return Promise.all(rows);
}

async function commandsOfPlugins(cwd: string): Promise<readonly UsageRow[]> {
  const { configCommands } = await import('./config-commands.js');
  const listed = await configCommands(cwd);
  // A plugin may add actions to a command of ours, which is listed already.
  const added = listed.filter(({ name }) => !Object.hasOwn(commands, name));
  return added.map(({ name, description, plugin }) => [name, `${description} (${plugin})`]);
}

const unknownFlag = (flag: string) =>
  new TinsmithError({
    code: 'FLAG_UNKNOWN',
    message: `there is no flag ${flag} before a command`,
    fix: nearest(flag, ['--version', '--help']) ?? 'one of --version, --help',
  });
