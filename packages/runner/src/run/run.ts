/** The run as the recipe sees it: the frame around each step. Knows nothing about configs and files. */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  LineLogged,
  RunShouldStop,
  SpanEnd,
  SpanStart,
  StepEnd,
  TinsmithError,
  type Checkpoints,
  type HookRunner,
  type Metrics,
  type Run,
  type RunDirectory,
} from '@tinsmith/core';
import type { Progress } from './progress.js';
import type { Sinks } from './sinks.js';
import { StepTimes } from './spans.js';

interface RunParts {
  readonly name: string;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly hooks: HookRunner;
  readonly directory: RunDirectory;
  readonly checkpoints: Checkpoints;
  readonly sinks: Sinks;
  /** Aborted to end the run after the step that is running; its reason says why. */
  readonly stop: AbortSignal;
  /** Writes a line to the log and returns it without secrets. */
  readonly log: (line: string) => string;
  /** Undefined if a plugin shows the run. */
  readonly progress: Progress | undefined;
}

export class LocalRun implements Run {
  readonly name: string;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly hooks: HookRunner;
  readonly directory: RunDirectory;
  readonly checkpoints: Checkpoints;
  readonly #parts: RunParts;
  /** Steps may overlap: a span belongs to the step whose body it was started in. */
  readonly #times = new AsyncLocalStorage<StepTimes>();
  #plannedSteps: number | undefined;
  #stopReason: string | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(parts: RunParts) {
    this.name = parts.name;
    this.seed = parts.seed;
    this.signal = parts.signal;
    this.hooks = parts.hooks;
    this.directory = parts.directory;
    this.checkpoints = parts.checkpoints;
    this.#parts = parts;
  }

  /** Why the recipe was asked to stop; undefined if it was not. */
  get stopReason(): string | undefined {
    return this.#stopReason;
  }

  plan(steps: number): void {
    this.#plannedSteps = steps;
  }

  log(line: string): void {
    const shown = this.#parts.log(line);
    const event = { line: shown, step: this.#times.getStore()?.step };
    // Nobody waits for a line: what strict mode makes of an observer's failure is thrown by the next step.
    this.hooks.emit(LineLogged, event).catch((error: unknown) => (this.#failure ??= { error }));
  }

  async step(index: number, body: () => Promise<Metrics>): Promise<boolean> {
    this.signal.throwIfAborted();
    const times = new StepTimes(index);
    const started = performance.now();
    const ofBody = await this.#times.run(times, body);
    const plannedSteps = this.#plannedSteps;
    const metrics = {
      'progress/batch': index,
      ...(plannedSteps !== undefined && { 'progress/done_frac': (index + 1) / plannedSteps }),
      ...ofBody,
      ...times.metrics(),
      'time/total': secondsSince(started),
    };
    await this.#parts.sinks.write({ step: index, metrics });
    const event = { step: index, metrics, plannedSteps };
    this.#parts.progress?.stepEnded(event);
    await this.hooks.emit(StepEnd, event);
    if (this.#failure) throw this.#failure.error;
    // A step that was asked for always runs, also when the run is to stop: the recipe counts it as done.
    const answer = checkedAnswer(await this.hooks.ask(RunShouldStop, event));
    const { stop } = this.#parts;
    const isLast = plannedSteps !== undefined && index + 1 >= plannedSteps; // then nothing is left to stop
    this.#stopReason ??= answer?.reason ?? (stop.aborted && !isLast ? String(stop.reason) : undefined);
    return this.#stopReason === undefined;
  }

  async span<T>(name: string, body: () => Promise<T>): Promise<T> {
    const times = this.#times.getStore();
    await this.hooks.emit(SpanStart, { name, step: times?.step });
    const started = performance.now();
    try {
      return await body();
    } finally {
      const seconds = secondsSince(started);
      times?.add(name, seconds);
      await this.hooks.emit(SpanEnd, { name, step: times?.step, seconds });
    }
  }
}

const secondsSince = (started: number) => (performance.now() - started) / 1000;

/** Handlers in plugins without types may answer anything; a run must not go on because nobody understood "stop". */
function checkedAnswer(
  answer: { readonly reason: string } | undefined,
): { readonly reason: string } | undefined {
  if (answer === undefined || typeof answer.reason === 'string') return answer;
  throw new TinsmithError({
    code: 'HOOK_ANSWER_INVALID',
    message: `a handler of the hook "${RunShouldStop.id}" answered something else than why to stop`,
    found: JSON.stringify(answer),
    fix: "return { reason: '...' } to end the run, or nothing to go on",
  });
}
