/** A config with its plugins booted, for commands that look at it and run nothing. */
import { throwProblems, type TinsmithError } from '@tinsmith/core';
import type { Kernel } from '@tinsmith/core/kernel';
import { loadConfig, type ConfigSource, type LoadedConfig } from '../config/load.js';
import { builtIn, type BuiltIn } from '../run/built-in.js';
import { assemble } from '../run/prepare.js';
import type { EnvironmentSecrets } from '../run/secrets.js';

export interface Graph {
  readonly config: LoadedConfig;
  readonly kernel: Kernel;
  readonly problems: readonly TinsmithError[];
  /** For a command that uses an engine: from now on plugins can ask for the run folder. */
  readonly begin: BuiltIn['begin'];
}

/** The kernel has the plugins that are right. The caller disposes it. */
export async function loadGraph(source: ConfigSource, secrets: EnvironmentSecrets): Promise<Graph> {
  const config = await loadConfig(source, secrets);
  const problems = [...config.problems];
  const { plugin, begin } = builtIn(secrets);
  const { kernel } = await assemble(config, plugin, problems);
  return { config, kernel, problems, begin };
}

/** The same; throws if anything is wrong. */
export async function requireGraph(source: ConfigSource, secrets: EnvironmentSecrets): Promise<Graph> {
  const graph = await loadGraph(source, secrets);
  throwProblems(graph.problems);
  return graph;
}
