/**
 * `tinsmith run --dry-run`: the recipe runs up to its first batch, against an engine that computes nothing. Data sets,
 * tokenizers, renderers and environments are the real ones; no folder is made, no logger hears of it, nothing is spent.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BatchEstimate,
  type BatchSize,
  type Engine,
  Engines,
  type HookRunner,
  type Registry,
  type Run,
  type TokenPrices,
} from '@tinsmith/core';
import type { Kernel } from '@tinsmith/core/kernel';
import { isValues } from '@tinsmith/core/options';
import { loadConfig, type ConfigSource } from '../config/load.js';
import { LocalRunDirectory } from '../folder/run-directory.js';
import { builtIn } from '../run/built-in.js';
import { displayName, prepare, type Prepared } from '../run/prepare.js';
import type { EnvironmentSecrets } from '../run/secrets.js';
import { batchSize } from './batch-size.js';
import { newRecording, type Recording, recordingEngine } from './recording-engine.js';

export interface DryRun {
  readonly recipe: string;
  readonly plugin: string;
  readonly model: string | undefined;
  readonly logPath: string;
  /** As the recipe plans them; undefined if it did not say. */
  readonly steps: number | undefined;
  readonly recording: Recording;
  /** Lines that the recipe logged on the way. */
  readonly log: readonly string[];
  /** Undefined: it costs nothing, or the engine does not know. */
  readonly prices: TokenPrices | undefined;
  /** Undefined: the engine cannot tell, or nothing was asked of it. */
  readonly estimate: BatchEstimate | undefined;
}

/** Ends the recipe when everything that it asks for at once has been asked for. */
const QUIET_MILLISECONDS = 300;

/** @throws the problems of the config, and what the recipe throws on its way to the first batch */
export async function dryRun(
  source: ConfigSource,
  secrets: EnvironmentSecrets,
  signal: AbortSignal,
): Promise<DryRun> {
  const own = builtIn(secrets);
  const circumstances = { cwd: source.cwd, builtIn: own.plugin, canAsk: true };
  const prepared = await prepare(await loadConfig(source, secrets), circumstances);
  const folder = await mkdtemp(join(tmpdir(), 'tinsmith-dry-run-'));
  try {
    const directory = new LocalRunDirectory(folder, secrets.redact);
    own.begin({ directory, tracker: { project: undefined, name: 'dry-run' } });
    return await upToFirstBatch(prepared, directory, signal);
  } finally {
    await prepared.kernel.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

async function upToFirstBatch(
  { kernel, recipe, settings, folder }: Prepared,
  directory: LocalRunDirectory,
  signal: AbortSignal,
): Promise<DryRun> {
  const recording = newRecording();
  const isEvaluation = new AsyncLocalStorage<boolean>();
  const end = new AbortController();
  let first: Engine | undefined;
  const wrap = (engine: Engine) => {
    first ??= engine;
    return recordingEngine(engine, recording, () => isEvaluation.getStore() ?? false);
  };

  let steps: number | undefined;
  const log: string[] = [];
  const run: Run = {
    name: displayName(settings, folder.path),
    seed: settings.seed,
    signal: AbortSignal.any([signal, end.signal]),
    hooks: transformsOnly(kernel),
    directory,
    checkpoints: { last: undefined, save: (_, { name, batch }) => Promise.resolve({ name, batch }) },
    plan: planned => void (steps = planned),
    step: async (_, body) => {
      await body();
      return false;
    },
    span: (name, body) => (name === 'run_evals' ? isEvaluation.run(true, body) : body()),
    log: line => void log.push(line),
  };
  const picked = Object.entries(recipe.picked).map(async ([option, { token, name }]) => {
    const value = await kernel.get(token, name);
    return [option, token.id === Engines.id ? wrap(value as Engine) : value];
  });
  const used = {
    ...wrapRegistries(await kernel.resolve(recipe.definition.deps), recipe.definition.deps, wrap),
    ...(Object.fromEntries(await Promise.all(picked)) as object),
  };
  const work = recipe.definition.run(run, recipe.options as never, used as never);
  await Promise.race([work, firstBatch(recording, signal)]);
  end.abort(new Error('the dry run is over'));
  work.catch(() => {}); // it was left in the middle
  const size = batchSize(recording);

  const model = isValues(recipe.options) ? recipe.options['modelName'] : undefined;
  const name = typeof model === 'string' ? model : undefined;
  return {
    recipe: recipe.name,
    plugin: recipe.plugin,
    model: name,
    logPath: folder.path,
    steps,
    recording,
    log,
    prices: name === undefined ? undefined : first?.tokenPrices?.(name),
    estimate: size && (await estimated(first, size, signal)),
  };
}

/** Nobody waits longer for what is only an estimate. */
const ESTIMATE_MILLISECONDS = 60_000;

async function estimated(
  engine: Engine | undefined,
  size: BatchSize,
  signal: AbortSignal,
): Promise<BatchEstimate | undefined> {
  const work = engine?.estimate?.(size);
  if (!work) return undefined;
  work.catch(() => {}); // it may be left in the middle
  const late = AbortSignal.any([signal, AbortSignal.timeout(ESTIMATE_MILLISECONDS)]);
  const given = new Promise<BatchEstimate>((resolve, reject) => {
    late.addEventListener('abort', () => {
      if (signal.aborted) reject(signal.reason as Error);
      else
        resolve({
          memoryBytes: undefined,
          seconds: undefined,
          basis: 'it could not be measured in a minute',
        });
    });
  });
  return Promise.race([work, given]);
}

/** Resolves when something is to be trained on, or when nothing more is asked for. */
function firstBatch(recording: Recording, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let quiet: NodeJS.Timeout | undefined;
  recording.onHeld = () => {
    clearTimeout(quiet);
    quiet = setTimeout(resolve, QUIET_MILLISECONDS);
  };
  signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  return promise;
}

/** Plugins may change what is trained on; nobody is told of a run that does not take place. */
const transformsOnly = (kernel: Kernel): HookRunner => ({
  emit: () => Promise.resolve(),
  ask: () => Promise.resolve(undefined),
  transform: (hook, value, event) => kernel.hooks.transform(hook, value, event),
});

function wrapRegistries(
  resolved: object,
  deps: Prepared['recipe']['definition']['deps'],
  wrap: (engine: Engine) => Engine,
): object {
  return Object.fromEntries(
    Object.entries(resolved).map(([key, value]: [string, unknown]) => {
      if (deps[key]?.id !== Engines.id) return [key, value];
      const engines = value as Registry<Engine>;
      const wrapped: Registry<Engine> = {
        names: () => engines.names(),
        has: name => engines.has(name),
        get: async name => wrap(await engines.get(name)),
      };
      return [key, wrapped];
    }),
  );
}
