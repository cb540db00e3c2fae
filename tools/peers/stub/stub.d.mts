/** What a fault does to one request; README.md has the meaning of each. */
export interface Fault {
  readonly delay?: number;
  readonly status?: number;
  readonly respond?: unknown;
  readonly raw?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunked?: boolean;
  readonly drop?: 'before' | 'after';
  /** Do the work twice, answer once. */
  readonly duplicate?: boolean;
  /** Cut the last bytes off a protobuf answer. */
  readonly truncate?: boolean;
}

export interface FaultRule extends Fault {
  /** Regular expression on the path after `/api/v1/`. */
  readonly path: string;
  readonly method?: string;
  readonly body?: string;
  readonly skip?: number;
  readonly times?: number;
}

export interface StubOptions {
  /** 0 (default) picks a free one. */
  readonly port?: number;
  /** Milliseconds between a submission and its result. */
  readonly delay?: number;
  /** Milliseconds that a poll is held. */
  readonly longPoll?: number;
  readonly model?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly dynamic?: Readonly<Record<string, unknown>> | null;
  readonly rules?: FaultRule[];
  /** An engine of Tinsmith that gives real numbers instead of the stub's arithmetic. */
  readonly engine?: object;
  /** Asked for every request, before the rules. */
  readonly chooseFault?: (method: string, path: string, body: () => string) => Fault | undefined;
}

export interface Stub {
  readonly url: string;
  /** Training requests in the order in which they ran. */
  readonly ledger: readonly { readonly model: string; readonly seq: number; readonly kind: string }[];
  readonly stats: {
    readonly requests: number;
    readonly by: Readonly<Record<string, number>>;
    readonly futures: number;
    readonly polls: number;
  };
  readonly options: {
    delay: number;
    longPoll: number;
    config: Record<string, unknown>;
    dynamic: Record<string, unknown> | null;
    rules: FaultRule[];
  };
  readonly close: () => Promise<void>;
}

export function startStub(options?: StubOptions): Promise<Stub>;
