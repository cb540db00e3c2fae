/**
 * Follows a run and shows it: a line that is redrawn on a terminal, a line per step elsewhere, a summary at
 * the end. Trouble with the output (a closed pipe, say) ends the showing, never the run.
 */
import type {
  CheckpointRow,
  RunEndEvent,
  RunStartEvent,
  SpanEvent,
  StepEndEvent,
  TrajectoryGroup,
  WaitEvent,
} from '@tinsmith/core';
import {
  formatNumber,
  formatSeconds,
  mainMetricOf,
  metricLabel,
  type Output,
  type Point,
  signsOf,
  stageOfMetric,
  type Terminal,
} from '@tinsmith/terminal';
import { LiveLine, type Shared } from './live-line.js';
import { countOf, type Progress, progressLine } from './progress.js';
import { sampleText, type StepSamples, takeSamples } from './samples.js';
import { summaryLines } from './summary.js';

export interface ConsoleOptions {
  /** Of the curve. None: the one of the run's metrics that tells most. */
  readonly metric?: string | undefined;
  /** Answers shown at the end, of the first and of the last step. */
  readonly samples: number;
}

export interface Surroundings {
  readonly output: Output;
  readonly terminal: Terminal;
  /** The process's streams that may write to the same terminal. */
  readonly shared: readonly Shared[];
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Names of the files in a folder. */
  readonly listFiles: (folder: string) => Promise<readonly string[]>;
}

/** Between two drawings of the live line, in milliseconds. */
const FRAME = 200;
/** Steps that the estimate of the time left looks back at. */
const RECENT_STEPS = 10;

export class RunConsole {
  readonly #options: ConsoleOptions;
  readonly #with: Surroundings;
  readonly #line: LiveLine;
  readonly #waits: { name: string; since: number }[] = [];
  /** What is waited for outside, by its name, with the reason. */
  readonly #held = new Map<string, WaitEvent>();
  readonly #points: Point[] = [];
  /** When the run started and when its steps ended. */
  readonly #times: number[] = [];
  #start: RunStartEvent | undefined;
  #planned: number | undefined;
  #metric: string | undefined;
  #before: StepSamples | undefined;
  #after: StepSamples | undefined;
  #checkpoint: CheckpointRow | undefined;
  #timer: NodeJS.Timeout | undefined;
  #frame = 0;

  constructor(options: ConsoleOptions, surroundings: Surroundings) {
    this.#options = options;
    this.#with = surroundings;
    this.#metric = options.metric;
    this.#line = new LiveLine(surroundings.output, surroundings.shared);
  }

  started(event: RunStartEvent): void {
    const { output, terminal, now } = this.#with;
    output.on('error', ignore); // a reader that went away must not end the run
    this.#start = event;
    this.#times.push(now());
    const { paint } = terminal;
    this.#print(`${paint('bold', event.recipe)}  ${event.name}`);
    this.#print(paint('dim', event.logPath));
    if (event.nextStep > 0) this.#print(paint('yellow', `resumed at step ${event.nextStep}`));
    if (!terminal.isLive) return;
    this.#timer = setInterval(() => this.#draw(), FRAME);
    this.#timer.unref();
    this.#draw();
  }

  waitStarted({ name }: SpanEvent): void {
    this.#waits.push({ name, since: this.#with.now() });
  }

  waitEnded({ name }: SpanEvent): void {
    const index = this.#waits.findLastIndex(wait => wait.name === name);
    if (index >= 0) this.#waits.splice(index, 1);
  }

  /** A service lets us wait, or goes on. Without a live line the first news of each is a line of its own. */
  waitReported(event: WaitEvent): void {
    const { what, reason } = event;
    const before = this.#held.get(what);
    if (reason === undefined) this.#held.delete(what);
    else this.#held.set(what, event);
    if (reason === undefined || reason === before?.reason || this.#with.terminal.isLive) return;
    this.#print(heldLine(event));
  }

  graded(groups: readonly TrajectoryGroup[], step: number): void {
    const taken = { step, samples: takeSamples(groups, this.#options.samples) };
    if (this.#before) this.#after = taken;
    else this.#before = taken;
  }

  stepEnded({ step, metrics, plannedSteps }: StepEndEvent): void {
    this.#planned = plannedSteps;
    this.#chooseMetric(Object.keys(metrics));
    const value = this.#metric === undefined ? undefined : metrics[this.#metric];
    if (value !== undefined) this.#points.push({ step, value });
    this.#times.push(this.#with.now());
    if (!this.#with.terminal.isLive) this.#print(this.#stepLine(value));
  }

  /** Another stage of a run is trained for something else, and has a curve of its own. */
  #chooseMetric(reported: readonly string[]): void {
    if (this.#options.metric !== undefined) return;
    const found = mainMetricOf(reported);
    if (found === undefined) return;
    if (this.#metric !== undefined && stageOfMetric(found) === stageOfMetric(this.#metric)) return;
    this.#metric = found;
    this.#points.length = 0;
  }

  checkpointSaved(row: CheckpointRow): void {
    this.#checkpoint = row;
  }

  async ended({ outcome, reason }: RunEndEvent): Promise<void> {
    this.close();
    if (!this.#start) return; // it failed before there was anything to show
    const { output, terminal, now, listFiles } = this.#with;
    const { logPath, nextStep } = this.#start;
    const summary = {
      outcome,
      reason,
      seconds: (now() - this.#times[0]!) / 1000,
      firstStep: nextStep,
      steps: this.#times.length - 1,
      planned: this.#planned,
      metric: this.#metric,
      label: this.#label,
      points: this.#points,
      before: this.#before,
      after: this.#after,
      files: await listFiles(logPath),
      checkpoint: this.#checkpoint,
    };
    for (const line of summaryLines(summary, terminal)) this.#print(line);
    this.#print('');
    output.off('error', ignore);
  }

  /** Leaves the terminal as it was. Can be called more than once. */
  close(): void {
    clearInterval(this.#timer);
    this.#line.clear();
  }

  /** What the live line says now. */
  line(): string {
    const { terminal } = this.#with;
    const look = { signs: signsOf(terminal), paint: terminal.paint, width: terminal.width() - 1 };
    return progressLine(this.#progress(), look);
  }

  #draw(): void {
    if (!this.#with.output.writable) return this.close();
    this.#line.show(this.line());
    this.#frame++;
  }

  #progress(): Progress {
    return {
      done: this.#done,
      planned: this.#planned,
      label: this.#label,
      values: this.#points.map(({ value }) => value),
      waitingFor: this.#waitingFor(),
      reason: [...this.#held.values()].map(heldLine).at(-1),
      secondsLeft: this.#secondsLeft(),
      answer: this.#answer,
      frame: this.#frame,
    };
  }

  get #label(): string {
    return metricLabel(this.#metric ?? '');
  }

  /** What the model says now: of the first question of the last batch. */
  get #answer(): string | undefined {
    const [first] = (this.#after ?? this.#before)?.samples ?? [];
    return first && sampleText(first, signsOf(this.#with.terminal));
  }

  get #done(): number {
    return (this.#start?.nextStep ?? 0) + this.#times.length - 1;
  }

  /** The innermost thing that is waited for. Before the first one the model is being made ready. */
  #waitingFor() {
    const now = this.#with.now();
    const wait = this.#waits.at(-1);
    if (wait) return { name: wait.name, seconds: (now - wait.since) / 1000 };
    const isStarting = this.#times.length === 1;
    return isStarting ? { name: 'starting', seconds: (now - this.#times[0]!) / 1000 } : undefined;
  }

  #secondsLeft(): number | undefined {
    if (this.#planned === undefined || this.#times.length < 2 || this.#done >= this.#planned)
      return undefined;
    const recent = this.#times.slice(-RECENT_STEPS - 1);
    const perStep = (recent.at(-1)! - recent[0]!) / (recent.length - 1);
    const sinceLast = this.#with.now() - recent.at(-1)!;
    return Math.max(0, (this.#planned - this.#done) * perStep - sinceLast) / 1000;
  }

  #stepLine(value: number | undefined): string {
    const left = this.#secondsLeft();
    const seconds = (this.#times.at(-1)! - this.#times.at(-2)!) / 1000;
    return [
      countOf(this.#done, this.#planned),
      ...(value === undefined ? [] : [`${this.#label} ${formatNumber(value)}`]),
      formatSeconds(seconds),
      ...(left === undefined ? [] : [`${formatSeconds(left)} left`]),
      ...(this.#answer === undefined ? [] : [this.#answer]),
    ].join('  ');
  }

  #print(line: string): void {
    if (this.#with.output.writable) this.#with.output.write(`${line}\n`);
  }
}

const heldLine = ({ what, reason, seconds }: WaitEvent) =>
  `${what}: ${reason}, ${formatSeconds(seconds)} so far`;

function ignore(): void {}
