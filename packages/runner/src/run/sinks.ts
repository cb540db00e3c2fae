/**
 * The run's metric sinks, kept from harming the run: a sink that throws is reported and the run goes on; a
 * sink that hangs costs the run one deadline, not one per step. Each sink gets its calls one at a time, in
 * order.
 */
import {
  messageOf,
  TinsmithError,
  type MetricRecord,
  type MetricSink,
  type SinkPosition,
} from '@tinsmith/core';
import { settlesWithin } from '@tinsmith/core/kernel';

export interface NamedSink {
  /** The plugin that provides the sink. */
  readonly plugin: string;
  readonly sink: MetricSink;
}

interface SinksOptions {
  readonly report: (problem: TinsmithError) => void;
  readonly deadlineMilliseconds: number;
}

export type Positions = Readonly<Record<string, SinkPosition>>;

export class Sinks {
  readonly #sinks: readonly GuardedSink[];

  constructor(sinks: readonly NamedSink[], options: SinksOptions) {
    this.#sinks = sinks.map(sink => new GuardedSink(sink, options));
  }

  /** @param positions what the sinks acknowledged at the checkpoint that the run goes on from. */
  async open(nextStep: number, positions: Positions = {}): Promise<void> {
    await Promise.all(this.#sinks.map(sink => sink.open(nextStep, positions[sink.plugin])));
  }

  async write(record: MetricRecord): Promise<void> {
    await Promise.all(this.#sinks.map(sink => sink.write(record)));
  }

  /** What each sink that says so has acknowledged. */
  async flush(): Promise<Positions> {
    const positions = await Promise.all(
      this.#sinks.map(async sink => [sink.plugin, await sink.flush()] as const),
    );
    return Object.fromEntries(
      positions.flatMap(([plugin, position]) => (position === undefined ? [] : [[plugin, position]])),
    );
  }
}

class GuardedSink {
  readonly plugin: string;
  readonly #sink: MetricSink;
  readonly #options: SinksOptions;
  #tail: Promise<void> = Promise.resolve();
  /** A call has outlived its deadline and has not come back. */
  #behind = false;
  /** A sink that could not be opened may still hold rows of a lost attempt: nothing is added to them. */
  #closed = false;

  constructor({ plugin, sink }: NamedSink, options: SinksOptions) {
    this.plugin = plugin;
    this.#sink = sink;
    this.#options = options;
  }

  async open(nextStep: number, position: SinkPosition | undefined): Promise<void> {
    const done = this.#enqueue('be opened', async () => {
      this.#closed = true;
      await this.#sink.open?.({ nextStep, ...(position !== undefined && { position }) });
      this.#closed = false;
    });
    await this.#wait('be opened', done);
  }

  /** A sink that is behind gets the row when it comes back; the run does not wait for it again. */
  async write(record: MetricRecord): Promise<void> {
    const what = `write step ${record.step}`;
    const done = this.#enqueue(what, async () => this.#closed || this.#sink.write(record));
    if (!this.#behind) await this.#wait(what, done);
  }

  async flush(): Promise<SinkPosition | undefined> {
    let position: SinkPosition | undefined;
    const done = this.#enqueue('flush', async () => {
      if (!this.#closed) position = (await this.#sink.flush?.()) ?? undefined;
    });
    await this.#wait('flush', done);
    return position;
  }

  /** Resolves when the call has ended, well or not. */
  #enqueue(what: string, action: () => Promise<unknown>): Promise<void> {
    const done = this.#tail
      .then(action)
      .catch((cause: unknown) => this.#report(`could not ${what}: ${messageOf(cause)}`, cause))
      .then(() => {
        if (this.#tail === done) this.#behind = false;
      });
    this.#tail = done;
    return done;
  }

  async #wait(what: string, done: Promise<void>): Promise<void> {
    const { deadlineMilliseconds } = this.#options;
    if (await settlesWithin(done, deadlineMilliseconds)) return;
    this.#behind = true;
    this.#report(`did not ${what} within ${deadlineMilliseconds / 1000} s`);
  }

  #report(message: string, cause?: unknown): void {
    this.#options.report(
      new TinsmithError({
        code: 'SINK_FAILED',
        plugin: this.plugin,
        message: `${message}; the run goes on`,
        cause,
      }),
    );
  }
}
