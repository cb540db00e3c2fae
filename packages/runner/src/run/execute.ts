/**
 * A prepared run from its folder to its end: folder -> sinks opened -> run:start -> recipe -> run:end
 * (always) -> sinks flushed -> everything disposed.
 */
import {
  messageOf,
  MetricSinks,
  problemsOf,
  resumableRow,
  RunEnd,
  RunStart,
  TinsmithError,
} from '@tinsmith/core';
import type { HookRunner, RunEndEvent } from '@tinsmith/core';
import { dirname } from 'node:path';
import type { LoadedConfig } from '../config/load.js';
import { isPath } from '../config/plugin-entry.js';
import { CheckpointFile } from '../folder/checkpoint-file.js';
import { codeDiff } from '../folder/code-diff.js';
import { createFolder } from '../folder/plan.js';
import { recordFile } from '../folder/record-file.js';
import { LocalRunDirectory } from '../folder/run-directory.js';
import type { BuiltIn } from './built-in.js';
import { RunCheckpoints } from './checkpoints.js';
import { reportingHooks } from './hooks.js';
import { displayName, type Prepared } from './prepare.js';
import { isShown, Progress } from './progress.js';
import {
  changedSettings,
  configHash,
  inWords,
  keepAttempt,
  recordOf,
  recordText,
  refuseOtherBatches,
  writeRecord,
} from './record.js';
import type { RunReport } from './report.js';
import { LocalRun } from './run.js';
import { Sinks } from './sinks.js';

export interface Execution {
  readonly builtIn: BuiltIn;
  readonly report: RunReport;
  readonly redact: (text: string) => string;
  /** As the user typed it, for logs.log and config.json. */
  readonly commandLine: string;
  /** Aborted to end the run after the step that is running; the reason is a few words. */
  readonly stop: AbortSignal;
  /** Aborted to end the run at once; the reason is why it failed. */
  readonly signal: AbortSignal;
  readonly sinkDeadlineMilliseconds: number;
}

export interface RunOutcome {
  readonly outcome: RunEndEvent['outcome'];
  /** Why it was stopped. */
  readonly reason?: string;
  /** Why it failed. */
  readonly error?: unknown;
  /** The run folder. */
  readonly logPath: string;
  /** What went wrong after the end, when plugins shut down. */
  readonly endProblems: readonly TinsmithError[];
}

/** Throws only if the run cannot begin. The kernel is disposed in any case. */
export async function execute(prepared: Prepared, execution: Execution): Promise<RunOutcome> {
  const { kernel } = prepared;
  const { builtIn, report } = execution;
  const {
    directory,
    lock,
    checkpointFile,
    configHash: hash,
  } = await begin(prepared, execution).catch(async (error: unknown) => {
    await kernel.dispose();
    throw error;
  });
  const { settings } = prepared;
  const name = displayName(settings, directory.path);
  builtIn.begin({ directory, tracker: { project: settings.wandbProject, name: settings.wandbName ?? name } });
  const hooks = reportingHooks(kernel, {
    report: problem => report.problem(problem),
    strict: settings.strict,
  });
  let sinks: Sinks | undefined;
  let end: RunEndEvent;
  try {
    sinks = await createSinks(prepared, execution);
    end = await runRecipe(prepared, execution, { directory, checkpointFile, configHash: hash, hooks, sinks });
  } catch (error) {
    end = { outcome: 'failed', error };
  }
  end = await emitEnd(hooks, end);
  if (end.outcome === 'failed') report.failure(end.error);
  await sinks?.flush();
  const endProblems = [
    ...(await kernel.dispose().then(() => [], asProblems)),
    ...lateFailure(end, execution),
  ];
  for (const problem of endProblems) report.failure(problem);
  report.log(end.reason === undefined ? end.outcome : `${end.outcome}: ${end.reason}`);
  await directory.settled();
  await lock.release();
  return { ...end, logPath: directory.path, endProblems };
}

/** The folder, its checkpoints, config.json, code.diff and the first line of logs.log. */
async function begin(prepared: Prepared, execution: Execution) {
  const { path, lock } = await createFolder(prepared.folder);
  try {
    return { lock, ...(await openFolder(path, prepared, execution)) };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function openFolder(path: string, prepared: Prepared, { report, redact, commandLine }: Execution) {
  const directory = new LocalRunDirectory(path, redact);
  const checkpointFile = await CheckpointFile.open(directory);
  const record = recordOf(prepared, { logPath: path, commandLine, redact });
  const changed = await changedSettings(directory, record);
  const { batchOptions } = prepared.recipe.definition;
  const goesOn = resumableRow(checkpointFile.rows) !== undefined;
  if (goesOn) refuseOtherBatches(changed, batchOptions, prepared.folder.at);
  await Promise.all([writeRecord(directory, record), writeCodeDiff(directory, prepared.config)]);
  report.openLog(directory, commandLine);
  directory.onGone(() => {
    report.warn('the run folder was deleted: what was in it is lost; it is made anew, and the run goes on');
    void directory.writeAsIs(recordFile, recordText(record)); // so that the run can be resumed
  });
  if (changed.length > 0) {
    const doubt = batchOptions ? '' : ', where batch N may have been another';
    report.warn(`these differ from the run that is resumed${doubt}: ${inWords(changed)}`);
  }
  return { directory, checkpointFile, configHash: configHash(record) };
}

/** Of the work trees that the config and its local plugins are in. */
async function writeCodeDiff(
  directory: LocalRunDirectory,
  { resolveFrom, plugins }: LoadedConfig,
): Promise<void> {
  const local = plugins.flatMap(({ entry }) =>
    entry.use !== undefined && isPath(entry.use) ? entry.use : [],
  );
  const diff = await codeDiff([resolveFrom, ...local].map(file => dirname(file)));
  if (diff === undefined) return;
  await keepAttempt(directory, 'code.diff');
  await directory.write('code.diff', diff);
}

async function createSinks(
  { kernel }: Prepared,
  { report, sinkDeadlineMilliseconds }: Execution,
): Promise<Sinks> {
  const offers = kernel.offers(MetricSinks);
  const sinks = await kernel.get(MetricSinks);
  return new Sinks(
    sinks.map((sink, i) => ({ sink, plugin: offers[i]?.plugin ?? 'a plugin' })),
    { report: problem => report.problem(problem), deadlineMilliseconds: sinkDeadlineMilliseconds },
  );
}

interface Parts {
  readonly directory: LocalRunDirectory;
  readonly checkpointFile: CheckpointFile;
  readonly configHash: string;
  readonly hooks: HookRunner;
  readonly sinks: Sinks;
}

async function runRecipe(
  { kernel, recipe, settings }: Prepared,
  { report, redact, stop, signal }: Execution,
  { directory, checkpointFile, configHash: hash, hooks, sinks }: Parts,
): Promise<RunEndEvent> {
  const checkpoints = new RunCheckpoints({
    file: checkpointFile,
    flushSinks: () => sinks.flush(),
    hooks,
    stamp: { seed: settings.seed, config_hash: hash },
  });
  const nextStep = checkpoints.last?.batch ?? 0;
  const name = displayName(settings, directory.path);
  const { seed } = settings;
  const log = (line: string) => {
    report.log(line);
    return redact(line);
  };
  const progress = isShown(kernel) ? undefined : new Progress({ print: line => report.note(line) });
  const run = new LocalRun({ name, seed, signal, hooks, directory, checkpoints, sinks, stop, log, progress });

  await sinks.open(nextStep, checkpoints.last?.positions);
  await hooks.emit(RunStart, { name, recipe: recipe.name, seed, logPath: directory.path, nextStep });
  const body = async () => {
    const picked = Object.entries(recipe.picked).map(async ([option, { token, name: provider }]) => [
      option,
      await kernel.get(token, provider),
    ]);
    const used: object = Object.fromEntries(await Promise.all(picked));
    const deps = await kernel.resolve(recipe.definition.deps);
    await recipe.definition.run(run, recipe.options as never, { ...deps, ...used } as never);
  };
  await unlessAborted(body(), signal);
  const reason = run.stopReason;
  return reason === undefined ? { outcome: 'completed' } : { outcome: 'stopped', reason };
}

/** Rejects as soon as the signal is aborted: a recipe that does not listen to it is left behind. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  work.catch(() => {}); // heard by the race; if it comes later, the run has already failed for another reason
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function emitEnd(hooks: HookRunner, end: RunEndEvent): Promise<RunEndEvent> {
  try {
    await hooks.emit(RunEnd, end);
    return end;
  } catch (error) {
    return end.outcome === 'failed' ? end : { outcome: 'failed', error };
  }
}

/** The run was over, well, when something that a plugin had left behind threw. */
function lateFailure({ outcome }: RunEndEvent, { signal }: Execution): readonly TinsmithError[] {
  if (outcome === 'failed' || !signal.aborted) return [];
  const cause: unknown = signal.reason;
  return [
    new TinsmithError({
      code: 'LATE_FAILURE',
      message: `after the end of the run: ${messageOf(cause)}`,
      cause,
    }),
  ];
}

function asProblems(error: unknown): readonly TinsmithError[] {
  const ours = problemsOf(error);
  return ours.length
    ? ours
    : [new TinsmithError({ code: 'DISPOSE_FAILED', message: messageOf(error), cause: error })];
}
