/**
 * The engine that a command about checkpoints means, without a run: of a run folder, or of a config. The kernel is the caller's
 * to dispose; the engine is created on demand, so that what needs none creates none.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import {
  type CheckpointStore,
  type Engine,
  Engines,
  nearest,
  throwProblems,
  TinsmithError,
} from '@tinsmith/core';
import type { Kernel } from '@tinsmith/core/kernel';
import { requireConfig } from '../config/find.js';
import { loadConfig } from '../config/load.js';
import { recordFile } from '../folder/record-file.js';
import { LocalRunDirectory } from '../folder/run-directory.js';
import { builtIn } from '../run/built-in.js';
import { assemble } from '../run/prepare.js';
import type { EnvironmentSecrets } from '../run/secrets.js';

export interface EngineChoice {
  readonly cwd: string;
  /** A config; default: that of the run, else the project's. */
  readonly config: string | undefined;
  /** A run folder: where an engine on this machine keeps its checkpoints. Default: that of the config, else `cwd`. */
  readonly run: string | undefined;
  /** Default: what the recipe's option says, else the only one there is. */
  readonly engine: string | undefined;
}

export interface OpenEngine {
  readonly kernel: Kernel;
  /** Name of the engine, and the plugin that provides it. Throws ENGINE_UNCLEAR. */
  chosen(): { readonly name: string; readonly plugin: string };
  /** Throws CHECKPOINTS_UNSUPPORTED for an engine that keeps none that could be managed. */
  checkpoints(): Promise<CheckpointStore>;
}

export async function openEngine(choice: EngineChoice, secrets: EnvironmentSecrets): Promise<OpenEngine> {
  const { file, folder } = places(choice);
  const config = await loadConfig({ cwd: choice.cwd, file }, secrets);
  const problems = [...config.problems];
  const own = builtIn(secrets);
  const { kernel } = await assemble(config, own.plugin, problems);
  try {
    throwProblems(problems);
  } catch (error) {
    await kernel.dispose();
    throw error;
  }
  const directory = new LocalRunDirectory(folder, secrets.redact);
  own.begin({ directory, tracker: { project: undefined, name: basename(folder) } });
  const ofRecipe = config.settings?.recipe.with['engine'];
  const wanted = choice.engine ?? (typeof ofRecipe === 'string' ? ofRecipe : undefined);
  const chosen = () => chooseEngine(kernel, wanted, choice.engine !== undefined);
  return {
    kernel,
    chosen,
    async checkpoints() {
      const { name, plugin } = chosen();
      const engine: Engine = await kernel.get(Engines, name);
      if (engine.checkpoints) return engine.checkpoints;
      throw new TinsmithError({
        code: 'CHECKPOINTS_UNSUPPORTED',
        plugin,
        message: `the checkpoints of the engine "${name}" cannot be managed from here`,
        fix: `the tools of the service, or another version of ${plugin}`,
      });
    },
  };
}

function places({ cwd, config, run }: EngineChoice): { readonly file: string; readonly folder: string } {
  if (run !== undefined) {
    const folder = resolve(cwd, run);
    const record = join(folder, recordFile);
    return { folder, file: config ?? (existsSync(record) ? record : requireConfig(cwd)) };
  }
  const file = config ?? requireConfig(cwd);
  const isRecord = file.endsWith(`/${recordFile}`) || file === recordFile;
  return { file, folder: isRecord ? dirname(resolve(cwd, file)) : cwd };
}

function chooseEngine(kernel: Kernel, wanted: string | undefined, isFlag: boolean) {
  const offers = kernel.offers(Engines).map(({ name = '', plugin }) => ({ name, plugin }));
  const names = offers.map(({ name }) => name);
  const found =
    offers.find(({ name }) => name === wanted) ??
    (wanted === undefined && offers.length === 1 ? offers[0] : undefined);
  if (found) return found;
  throw new TinsmithError({
    code: 'ENGINE_UNCLEAR',
    message:
      wanted === undefined
        ? 'which engine keeps the checkpoints is not clear'
        : `no plugin provides the engine "${wanted}"`,
    ...(wanted !== undefined && { at: isFlag ? '--engine' : 'recipe.with.engine' }),
    found: names.length > 0 ? `engines: ${names.join(', ')}` : 'no plugin of the config provides an engine',
    fix:
      names.length > 0
        ? `--engine ${(wanted !== undefined && nearest(wanted, names)) || names[0]}`
        : 'a config with an engine, --config FILE, or --run FOLDER',
  });
}
