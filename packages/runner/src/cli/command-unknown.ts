/** The problem of a command that nobody has. One that a plugin has, which the config does not list, is told apart from a mistyped one. */
import { dirname, join } from 'node:path';
import { nearest, TinsmithError } from '@tinsmith/core';
import { installCommand } from '../config/install.js';
import { findProject } from '../config/packages.js';

/** Commands of our packages: what may not be installed cannot say so itself. */
const OURS: Readonly<Record<string, string>> = {
  chat: '@tinsmith/evaluators',
  create_data: '@tinsmith/recipe-prompt-distillation',
  eval: '@tinsmith/evaluators',
  play: '@tinsmith/recipe-multiplayer-rl',
  render: '@tinsmith/renderers-chat',
  sync: '@tinsmith/logger-wandb',
};

export interface KnownCommands {
  readonly builtIn: readonly string[];
  /** Of the plugins that the config lists. */
  readonly ofPlugins: readonly string[];
  /** The config that was looked at; undefined: there is none. */
  readonly config: string | undefined;
}

export function commandUnknown(name: string, { builtIn, ofPlugins, config }: KnownCommands, cwd: string) {
  const where = config === undefined ? cwd : dirname(config);
  const project = findProject(where);
  const inProject = project?.plugins.find(({ commands }) => Object.hasOwn(commands, name))?.name;
  const plugin = inProject ?? (Object.hasOwn(OURS, name) ? OURS[name] : undefined);
  if (plugin !== undefined) {
    const list =
      config === undefined
        ? `--config FILE, a config that lists ${plugin} in plugins; tinsmith init makes one`
        : `list ${plugin} in plugins`;
    const install = installCommand(plugin, project?.manifest ?? join(where, 'package.json'));
    return new TinsmithError({
      code: 'COMMAND_UNKNOWN',
      message: `the command "${name}" is one of ${plugin}, which ${config === undefined ? 'takes a config' : 'the config does not list'}`,
      at: config ?? cwd,
      found: config === undefined ? 'no config here or above' : undefined,
      fix: inProject === undefined ? `${install}, then ${list}` : list,
    });
  }
  const all = [...builtIn, ...ofPlugins];
  return new TinsmithError({
    code: 'COMMAND_UNKNOWN',
    message: `there is no command "${name}"`,
    fix: nearest(name, all) ?? `one of ${all.join(', ')}`,
  });
}
