/** Runs a config: loads it, prepares it, executes it. What the command line and programs share. */
import { TinsmithError, TrackerProjects } from '@tinsmith/core';
import type { Config } from '../config/define.js';
import { loadConfig, type ConfigSource } from '../config/load.js';
import { planGivenFolder, type IfExists } from '../folder/plan.js';
import { builtIn } from './built-in.js';
import { execute, type RunOutcome } from './execute.js';
import { prepare, type Prepared } from './prepare.js';
import { redacted, RunReport, type Output } from './report.js';
import { EnvironmentSecrets, type Environment } from './secrets.js';

export interface RunOptions {
  /** Relative paths and package names of a config without a file start here. Default: the working directory. */
  readonly cwd?: string;
  /** Where secrets come from. Default: the environment of the process. */
  readonly environment?: Environment;
  /** Ends the run after the step that is running; the reason of the abort is the reason of the run's end. */
  readonly stop?: AbortSignal;
  /** Ends the run at once, as failed. */
  readonly signal?: AbortSignal;
  /** Default: the standard output and error of the process. */
  readonly output?: Output;
  /** Recorded in the run folder. */
  readonly commandLine?: string;
  /** Asks what to do with an existing run folder. Without it, `ask` is `raise`. */
  readonly ask?: (folder: string) => Promise<Exclude<IfExists, 'ask'>>;
  /** How long one call of a metric sink may take. Default 10 000. */
  readonly sinkDeadlineMilliseconds?: number;
}

const standardOutput: Output = {
  out: text => void process.stdout.write(`${text}\n`),
  error: text => void process.stderr.write(`${text}\n`),
};

/**
 * Runs a config given by a program. Throws TinsmithError, or TinsmithErrors for several, if the config is
 * wrong; a run that fails later is an outcome.
 */
export function runConfig(config: Config, options: RunOptions = {}): Promise<RunOutcome> {
  return runSource({ cwd: options.cwd ?? process.cwd(), value: config }, options);
}

/** The same for a config file with options from a command line. */
export async function runSource(
  source: ConfigSource,
  options: RunOptions & { readonly secrets?: EnvironmentSecrets },
): Promise<RunOutcome> {
  const { environment = process.env, output = standardOutput, stop = never(), signal = never() } = options;
  const secrets = options.secrets ?? new EnvironmentSecrets(environment);
  const provided = builtIn(secrets);
  const circumstances = { cwd: source.cwd, builtIn: provided.plugin, canAsk: options.ask !== undefined };
  const asked = await prepare(await loadConfig(source, secrets), circumstances);
  const prepared = await answered(asked, source.cwd, options.ask);
  if (stop.aborted || signal.aborted) {
    await prepared.kernel.dispose();
    signal.throwIfAborted();
    throw new TinsmithError({ code: 'RUN_INTERRUPTED', message: 'interrupted before the run began' });
  }
  const report = new RunReport(redacted(output, secrets.redact));
  if (prepared.settings.wandbProject !== undefined && !prepared.kernel.isNeeded(TrackerProjects)) {
    report.warn('wandb_project is set, and no plugin of this config sends metrics to Weights & Biases');
  }
  return execute(prepared, {
    builtIn: provided,
    report,
    redact: secrets.redact,
    commandLine: options.commandLine ?? 'runConfig',
    stop,
    signal,
    sinkDeadlineMilliseconds: options.sinkDeadlineMilliseconds ?? 10_000,
  });
}

const never = () => new AbortController().signal;

/** The same checks again, now that somebody has said what happens to the folder. */
async function answered(prepared: Prepared, cwd: string, ask: RunOptions['ask']): Promise<Prepared> {
  const { folder, kernel } = prepared;
  if (folder.action !== 'ask' || !ask) return prepared;
  try {
    const ifExists = await ask(folder.path);
    return {
      ...prepared,
      folder: await planGivenFolder({ path: folder.path, ifExists, canAsk: false, cwd, at: folder.at }),
    };
  } catch (error) {
    await kernel.dispose();
    throw error;
  }
}
