/**
 * Sampling of many requests together. Each distinct prompt is run once; then all samples of a policy advance by one token per step.
 * Requests join between two steps, and a sample that ends makes room for one that waits. A sample's tokens do not depend on what it
 * shares steps with. Knows nothing of messages, text or files.
 */
import { createRandom, type Random } from '../random.js';
import type { SampleOptions } from '../worker/messages.js';
import type { Policy } from '../worker/policy.js';
import { Decoder, type DecodedRow } from './decoder.js';
import { drawToken, type Prediction } from './distribution.js';
import { type Prefilled, prefillSome } from './prefill.js';
import { PromptCache } from './prompt-cache.js';
import { checkRowFits, rowBytes, type SamplingRoom } from './sampling-room.js';
import { createStopRule, type Decode, type StopRule } from './stop-rule.js';

export interface SampleJob {
  readonly prompt: Int32Array;
  readonly numSamples: number;
  readonly options: SampleOptions;
  /** Prompt and sample may have this many tokens together. */
  readonly maxTokens: number;
  /** Needed if the request has stop strings. */
  readonly decode?: Decode | undefined;
  /** Asked between steps: true if nobody waits for the result any more. */
  isCancelled(): boolean;
}

export interface Sample {
  readonly tokens: number[];
  readonly logprobs: number[];
  /** False: the sample has its greatest length. */
  stopped: boolean;
}

export interface SamplerOptions {
  /** Does a piece of work when nothing else is being done. */
  readonly takeTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** What all policies together may take now. */
  readonly room: () => SamplingRoom;
}

/** More rows than this don't make a step cheaper per row. */
const mostRows = 128;

interface Task {
  readonly job: SampleJob;
  readonly samples: readonly Sample[];
  readonly stop: StopRule;
  readonly prompt: Prompt;
  unfinished: number;
  readonly resolve: (samples: readonly Sample[]) => void;
  readonly reject: (error: unknown) => void;
}

/** A sample being made, or waiting to be. */
interface Row extends DecodedRow {
  readonly task: Task;
  readonly sample: Sample;
  readonly random: Random;
}

interface Waiting {
  readonly policy: Policy;
  readonly row: Row;
}

/** A distinct prompt that samples are waiting for: run when the first of them starts, dropped when the last has started. */
interface Prompt {
  readonly key: string;
  readonly tokens: Int32Array;
  waiting: number;
  prefilled: Prefilled | undefined;
}

export class Sampler {
  readonly #takeTurn: SamplerOptions['takeTurn'];
  readonly #room: SamplerOptions['room'];
  /** In the order in which they came. */
  #waiting: Waiting[] = [];
  /** Of policies with samples being made, in the order in which they take turns. */
  readonly #decoders = new Map<Policy, Decoder<Row>>();
  readonly #prompts = new WeakMap<Policy, Map<string, Prompt>>();
  readonly #promptCache = new PromptCache(0);
  #isWorking = false;

  constructor({ takeTurn, room }: SamplerOptions) {
    this.#takeTurn = takeTurn;
    this.#room = room;
  }

  /** What the keys and values of earlier prompts take now. */
  get promptCacheBytes(): number {
    return this.#promptCache.bytes;
  }

  /**
   * @returns (resolves) the samples, in order; those of a cancelled job may be unfinished.
   * @throws {TinsmithError} (rejects) MEMORY_BUDGET if one of them does not fit even alone
   */
  sample(policy: Policy, job: SampleJob): Promise<readonly Sample[]> {
    return new Promise((resolve, reject) => {
      const { options, numSamples, maxTokens } = job;
      const promptLength = job.prompt.length;
      const mostTokens = Math.min(maxTokens - promptLength, options.maxTokens);
      checkRowFits(policy.config, { promptLength, mostTokens }, this.#room());
      const prompt = this.#promptOf(policy, job.prompt);
      prompt.waiting += numSamples;
      const samples = Array.from({ length: numSamples }, newSample);
      const stop = createStopRule(options.stopTokens, options.stopStrings, job.decode);
      const task = { job, samples, stop, prompt, unfinished: numSamples, resolve, reject };
      for (const [i, sample] of samples.entries()) {
        const random = createRandom(options.seed + BigInt(i));
        this.#waiting.push({ policy, row: { task, sample, random, promptLength, mostTokens } });
      }
      if (this.#isWorking) return;
      this.#isWorking = true;
      setImmediate(() => void this.#work()); // what was sent together arrives together
    });
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0 || this.#decoders.size > 0) await this.#takeTurn(() => this.#turn());
    this.#isWorking = false;
  }

  /** Starts what there is room for, one pass of prompts at most, and makes one step for the policy whose turn it is. */
  async #turn(): Promise<void> {
    this.#dropCancelled();
    await this.#start();
    const [next] = this.#decoders;
    if (!next) return;
    const [policy, decoder] = next;
    await this.#step(decoder);
    this.#decoders.delete(policy);
    if (decoder.rows.length > 0) this.#decoders.set(policy, decoder); // behind the others
  }

  async #step(decoder: Decoder<Row>): Promise<void> {
    const { rows } = decoder;
    try {
      const predicted = await decoder.step(({ sample }) => sample.tokens.at(-1)!);
      for (const row of rows) advance(row, predicted(row));
    } catch (error) {
      for (const { task } of rows) fail(task, error);
    }
    decoder.remove(isOver);
    for (const row of rows) if (isOver(row)) settle(row.task);
  }

  /** In the order in which they came: nobody overtakes one that there is no room for yet. */
  async #start(): Promise<void> {
    const first = this.#waiting[0];
    if (!first || !this.#hasRoom(first)) return;
    const { policy } = first;
    if (!first.row.task.prompt.prefilled) await this.#prefill(policy);
    while (this.#waiting.length > 0) {
      const next = this.#waiting[0]!;
      const isReady = next.row.task.prompt.prefilled || isOver(next.row);
      if (next.policy !== policy || !isReady || !this.#hasRoom(next)) return;
      this.#waiting.shift();
      this.#startRow(next);
    }
  }

  /** Runs the first waiting prompt of a policy, with others that go well together with it. */
  async #prefill(policy: Policy): Promise<void> {
    const wanted = new Set<Prompt>();
    for (const { policy: other, row } of this.#waiting) {
      if (wanted.size === mostRows) break;
      if (other === policy && !row.task.prompt.prefilled) wanted.add(row.task.prompt);
    }
    const prompts = [...wanted];
    this.#promptCache.resize(this.#room().prompts);
    try {
      const tokens = prompts.map(prompt => prompt.tokens);
      const results = await prefillSome(policy, tokens, this.#promptCache);
      for (const [index, prefilled] of results) prompts[index]!.prefilled = prefilled;
    } catch (error) {
      for (const { row } of this.#waiting) if (row.task.prompt === prompts[0]) fail(row.task, error);
    }
  }

  /** Draws the first token, and begins to decode if the sample goes on. */
  #startRow({ policy, row }: Waiting): void {
    const { prompt } = row.task;
    const { prefilled } = prompt;
    this.#release(policy, prompt);
    if (prefilled && !isOver(row)) advance(row, { logits: prefilled.logits });
    if (!prefilled || isOver(row)) return settle(row.task);
    let decoder = this.#decoders.get(policy);
    if (!decoder) this.#decoders.set(policy, (decoder = new Decoder(policy)));
    decoder.add(row, prompt.key, prefilled.keyValues);
  }

  #hasRoom({ policy, row }: Waiting): boolean {
    if (this.#decoders.size === 0) return true;
    const own = this.#decoders.get(policy);
    let bytes = own ? own.bytesAtMost(row, row.task.prompt.key) : rowBytes(policy.config, row);
    for (const decoder of this.#decoders.values()) if (decoder !== own) bytes += decoder.bytesAtMost();
    return (own?.rows.length ?? 0) < mostRows && bytes <= this.#room().rows;
  }

  #dropCancelled(): void {
    for (const [policy, decoder] of this.#decoders) {
      const dropped = cancelledOf(decoder.rows);
      decoder.remove(row => dropped.has(row));
      for (const { task } of dropped) settle(task);
      if (decoder.rows.length === 0) this.#decoders.delete(policy);
    }
    const dropped = cancelledOf(this.#waiting.map(({ row }) => row));
    if (dropped.size === 0) return;
    for (const { policy, row } of this.#waiting) {
      if (!dropped.has(row)) continue;
      this.#release(policy, row.task.prompt);
      settle(row.task);
    }
    this.#waiting = this.#waiting.filter(({ row }) => !dropped.has(row));
  }

  #promptOf(policy: Policy, tokens: Int32Array): Prompt {
    let prompts = this.#prompts.get(policy);
    if (!prompts) this.#prompts.set(policy, (prompts = new Map()));
    const key = tokens.join();
    let prompt = prompts.get(key);
    if (!prompt) prompts.set(key, (prompt = { key, tokens, waiting: 0, prefilled: undefined }));
    return prompt;
  }

  /** One sample fewer waits for a prompt. */
  #release(policy: Policy, prompt: Prompt): void {
    if (--prompt.waiting === 0) this.#prompts.get(policy)!.delete(prompt.key);
  }
}

const newSample = (): Sample => ({ tokens: [], logprobs: [], stopped: false });

/** Draws a token. A sample that has none to draw fails its request, and no other. */
function advance({ task, sample, random }: Row, prediction: Prediction): void {
  try {
    const { token, logprob } = drawToken(prediction, task.job.options, random);
    sample.tokens.push(token);
    sample.logprobs.push(logprob);
    sample.stopped = task.stop.ends(sample.tokens);
  } catch (error) {
    fail(task, error);
  }
}

/** Nothing more is to be done for a sample: it has ended, or its request has failed. */
const isOver = ({ task, sample, mostTokens }: Row): boolean =>
  task.unfinished <= 0 || sample.stopped || sample.tokens.length >= mostTokens;

/** Each is asked once: the answer may change at any time. */
const cancelledOf = (rows: readonly Row[]): ReadonlySet<Row> =>
  new Set(rows.filter(({ task }) => task.job.isCancelled()));

function settle(task: Task): void {
  if (--task.unfinished === 0) task.resolve(task.samples);
}

function fail(task: Task, error: unknown): void {
  task.unfinished = 0;
  task.reject(error);
}
