/**
 * What a caller can set, with the environment as fall-back (protocol, section 18). Read once, when a client is made.
 */
import { badInput } from './errors.js';
import type { Fetch } from './http/send.js';
import type { QueueEvent } from './types.js';

/** Where warnings go. No message ever contains a credential. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** The version of the Python SDK whose requests this client sends (sections 22 and 27). */
export type DialectVersion = '0.38.0' | '0.25.0';

/** A key, or a function that is asked on every use, for instance one of `@tinsmith/tinker/credentials`. */
export type Credential = string | (() => string | Promise<string>);

export interface ConnectionLimits {
  /** Requests open at once for sessions, checkpoints and listings. Default 16. */
  readonly control?: number;
  /** For submissions of training calls, all models together. Default 32. */
  readonly train?: number;
  /** For submissions of samples. Default 96. */
  readonly sample?: number;
  /** For polls of results. Default 400. */
  readonly poll?: number;
}

export interface ClientOptions {
  /** Must start with `tml-`, or `eyJ` for a JWT. Default: TINKER_API_KEY. */
  readonly apiKey?: Credential | undefined;
  /** Default: TINKER_BASE_URL, else the hosted service. */
  readonly baseUrl?: string | undefined;
  /** Metadata of the session. */
  readonly userMetadata?: Readonly<Record<string, string>> | undefined;
  /** Default: TINKER_PROJECT_ID. */
  readonly projectId?: string | undefined;
  /** Name of the session (0.38.0). */
  readonly displayName?: string | undefined;
  /** Tags of the session. Default: TINKER_TAGS, split at commas. */
  readonly tags?: readonly string[] | undefined;
  /** `auto` (default) asks the server; `ServiceClient.dialect()` shows what was found and why. */
  readonly dialect?: DialectVersion | 'auto' | undefined;
  /** What is reported as `sdk_version`. Default: the dialect's version. */
  readonly clientVersion?: string | undefined;
  /** Of one attempt. Default 60,000; a poll has 45,000. */
  readonly timeoutMs?: number | undefined;
  /** How long a result is waited for. Default: without end, as long as the server answers. */
  readonly resultTimeoutMs?: number | undefined;
  /** How long a call is repeated while the server cannot be reached or answers with errors. Default 300,000. */
  readonly retryWindowMs?: number | undefined;
  /** How long a poll is repeated without one readable answer. Default 900,000. */
  readonly pollErrorWindowMs?: number | undefined;
  /** Inner repeats of one HTTP call. Default 10. */
  readonly maxRetries?: number | undefined;
  readonly maxConnections?: ConnectionLimits | undefined;
  readonly defaultHeaders?: Readonly<Record<string, string>> | undefined;
  /** Default: in Node its http modules, elsewhere the global fetch. */
  readonly fetch?: Fetch | undefined;
  /** Default: warnings and errors to the console; `false` is silent. */
  readonly logger?: Logger | false | undefined;
  /** Called whenever a waiting request learns the state of its queue. */
  readonly onQueueState?: ((event: QueueEvent) => void) | undefined;
  /** Check lengths, shapes, losses and paths before sending. Default true. */
  readonly checkInputs?: boolean | undefined;
  /** Report session start, end and errors to the service, as the Python SDK does by default. Default false. */
  readonly telemetry?: boolean | undefined;
}

export interface Settings {
  readonly credential: () => Promise<string>;
  readonly baseUrl: URL;
  readonly userMetadata: Readonly<Record<string, string>>;
  readonly projectId: string | undefined;
  readonly displayName: string | undefined;
  readonly tags: readonly string[];
  readonly dialect: DialectVersion | 'auto';
  readonly clientVersion: string | undefined;
  readonly timeoutMs: number;
  readonly resultTimeoutMs: number | undefined;
  readonly retryWindowMs: number;
  readonly pollErrorWindowMs: number;
  readonly maxRetries: number;
  readonly maxConnections: Required<ConnectionLimits>;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: Fetch | undefined;
  readonly logger: Logger;
  readonly onQueueState: ((event: QueueEvent) => void) | undefined;
  readonly checkInputs: boolean;
  readonly telemetry: boolean;
}

export const HOSTED_URL = 'https://tinker.thinkingmachines.dev/services/tinker-prod';

/** An environment variable; an empty one counts as unset. Undefined where there is no environment. */
function environment(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env?.[name]?.trim() || undefined;
}

const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const CONSOLE: Logger = {
  debug() {},
  info() {},
  warn: message => console.warn(`tinker: ${message}`),
  error: message => console.error(`tinker: ${message}`),
};

export function readSettings(options: ClientOptions): Settings {
  const url = options.baseUrl || environment('TINKER_BASE_URL') || HOSTED_URL;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw badInput(`baseUrl: "${url}" is not an http or https address`);
  const baseUrl = new URL(url.replace(/\/+$/, ''));
  const access = environment('CLOUDFLARE_ACCESS_CLIENT_ID');
  const secret = environment('CLOUDFLARE_ACCESS_CLIENT_SECRET');
  return {
    credential: credentialOf(options.apiKey ?? environment('TINKER_API_KEY')),
    baseUrl,
    userMetadata: options.userMetadata ?? {},
    projectId: options.projectId ?? environment('TINKER_PROJECT_ID'),
    displayName: options.displayName,
    tags:
      options.tags ??
      environment('TINKER_TAGS')
        ?.split(',')
        .map(tag => tag.trim())
        .filter(Boolean) ??
      [],
    dialect: options.dialect ?? 'auto',
    clientVersion: options.clientVersion,
    timeoutMs: options.timeoutMs ?? 60_000,
    resultTimeoutMs: options.resultTimeoutMs,
    retryWindowMs: options.retryWindowMs ?? 300_000,
    pollErrorWindowMs: options.pollErrorWindowMs ?? 900_000,
    maxRetries: options.maxRetries ?? 10,
    maxConnections: { control: 16, train: 32, sample: 96, poll: 400, ...options.maxConnections },
    headers: {
      ...(access && { 'CF-Access-Client-Id': access }),
      ...(secret && { 'CF-Access-Client-Secret': secret }),
      ...options.defaultHeaders,
    },
    fetch: options.fetch,
    logger: options.logger === false ? SILENT : (options.logger ?? CONSOLE),
    onQueueState: options.onQueueState,
    checkInputs: options.checkInputs ?? true,
    telemetry: options.telemetry ?? false,
  };
}

/** Held in a closure: no property of any object of this package shows the key. */
function credentialOf(credential: Credential | undefined): () => Promise<string> {
  return async () => {
    const key = (typeof credential === 'function' ? await credential() : credential)?.trim();
    if (!key) throw badInput('no API key: set TINKER_API_KEY, or pass apiKey');
    if (!key.startsWith('tml-') && !key.startsWith('eyJ'))
      throw badInput('the API key is not one of Tinker: it must start with "tml-" (or "eyJ" if it is a JWT)');
    return key;
  };
}
