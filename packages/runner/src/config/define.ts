/** The config as a user writes it. */
import type { AnyPluginDefinition } from '@tinsmith/core';
import type { ifExistsValues } from './keys.js';

/** A package name, a path that begins with `./`, either with options, or (in TypeScript) the plugin itself. */
export type PluginInConfig =
  | string
  | { readonly use: string; readonly with?: Readonly<Record<string, unknown>> }
  | { readonly definition: AnyPluginDefinition; readonly contract: number };

type IfExistsInConfig = (typeof ifExistsValues)[number];

export interface Config {
  /** Config files that this one builds on: paths relative to it, or files inside packages. */
  readonly extends?: string | readonly string[];
  /** For people and trackers. */
  readonly name?: string;
  /** Default 0. */
  readonly seed?: number;
  /** The run folder, relative to the working directory. Default: a new one below /tmp/tinker-examples. */
  readonly logPath?: string;
  readonly log_path?: string;
  readonly wandbProject?: string;
  readonly wandb_project?: string;
  readonly wandbName?: string;
  readonly wandb_name?: string;
  /** What happens if the run folder is there: default `ask`, which without a terminal is `raise`. */
  readonly ifExists?: IfExistsInConfig;
  readonly if_exists?: IfExistsInConfig;
  readonly behavior_if_log_dir_exists?: IfExistsInConfig;
  /** Whether a run ends when a plugin fails that only observes it. Default false: it is reported, and the run goes on. */
  readonly strict?: boolean;
  readonly plugins?: readonly PluginInConfig[];
  /** May be left out only in a config that others extend. */
  readonly recipe?: { readonly use?: string; readonly with?: Readonly<Record<string, unknown>> };
}

/** Gives a TypeScript config its types; returns it as it is. */
export const defineConfig = (config: Config): Config => config;
