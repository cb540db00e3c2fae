/**
 * Weights & Biases over HTTP: GraphQL, file streams, uploads (loggers, section 3.2). One call is one request: nothing is
 * repeated here, an error says whether and when it may be.
 */
import { messageOf } from '@tinsmith/core';

export interface FileChunk {
  readonly offset: number;
  readonly content: readonly string[];
}

export interface FileStreamBody {
  readonly files?: Readonly<Record<string, FileChunk>>;
  readonly uploaded?: readonly string[];
  readonly complete?: true;
  readonly exitcode?: number;
}

export interface RunPlace {
  readonly entity: string;
  readonly project: string;
  readonly id: string;
}

/** A request that failed. */
export class WandbFailure extends Error {
  /** The same request can succeed later. */
  readonly canRetry: boolean;
  /** Not before so many seconds, if the server says so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    message: string,
    {
      canRetry,
      retryAfterSeconds,
      cause,
    }: { canRetry: boolean; retryAfterSeconds?: number | undefined; cause?: unknown },
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'WandbFailure';
    this.canRetry = canRetry;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export interface WandbApiOptions {
  readonly baseUrl: string;
  readonly key: string;
  readonly requestSeconds: number;
}

export class WandbApi {
  readonly #options: WandbApiOptions;

  constructor(options: WandbApiOptions) {
    this.#options = { ...options, baseUrl: options.baseUrl.replace(/\/+$/, '') };
  }

  /** What stands under `data`. */
  async graphql(
    operation: string,
    query: string,
    variables: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<Json> {
    const answer = await this.#json('/graphql', { operationName: operation, query, variables }, signal);
    const errors = answer['errors'];
    if (Array.isArray(errors) && errors.length > 0) {
      const [first] = errors as { message?: unknown }[];
      throw new WandbFailure(this.#clean(`${operation}: ${String(first?.message)}`), { canRetry: false });
    }
    return asObject(answer['data']);
  }

  fileStream({ entity, project, id }: RunPlace, body: FileStreamBody, signal: AbortSignal): Promise<Json> {
    const path = ['files', entity, project, id, 'file_stream'].map(encodeURIComponent).join('/');
    return this.#json(`/${path}`, body, signal);
  }

  /** @param headers of the form `Name:value` */
  async upload(
    url: string,
    {
      headers,
      content,
      signal,
    }: { headers: readonly string[]; content: Uint8Array<ArrayBuffer>; signal: AbortSignal },
  ): Promise<void> {
    const pairs = headers.map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]);
    const request = { method: 'PUT', headers: pairs as [string, string][], body: content };
    await this.#fetch(new URL(url, this.#options.baseUrl), request, signal);
  }

  async #json(path: string, body: object, signal: AbortSignal): Promise<Json> {
    const { baseUrl, key } = this.#options;
    const headers = {
      authorization: `Basic ${Buffer.from(`api:${key}`).toString('base64')}`,
      'content-type': 'application/json',
    };
    const response = await this.#fetch(
      new URL(baseUrl + path),
      { method: 'POST', headers, body: JSON.stringify(body) },
      signal,
    );
    try {
      return asObject(JSON.parse(response));
    } catch (cause) {
      throw new WandbFailure(`the answer to ${path} is not JSON`, { canRetry: true, cause });
    }
  }

  /** The body of a good answer. */
  async #fetch(url: URL, request: RequestInit, signal: AbortSignal): Promise<string> {
    const limit = AbortSignal.timeout(this.#options.requestSeconds * 1000);
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, { ...request, signal: AbortSignal.any([signal, limit]) });
      text = await response.text();
    } catch (cause) {
      signal.throwIfAborted();
      const why = limit.aborted ? `no answer within ${this.#options.requestSeconds} s` : reasonOf(cause);
      throw new WandbFailure(this.#clean(`${url.origin}: ${why}`), { canRetry: true, cause });
    }
    if (response.ok) return text;
    const message = `${url.origin} answers ${response.status} to ${url.pathname}: ${text.slice(0, 300)}`;
    throw new WandbFailure(this.#clean(message), {
      canRetry: !FINAL.has(response.status) || (response.status === 409 && url.pathname.endsWith('/graphql')),
      retryAfterSeconds:
        secondsIn(response.headers, 'retry-after') ?? secondsIn(response.headers, 'ratelimit-reset'),
    });
  }

  /** Whatever a server echoes, the key is not shown. */
  #clean(text: string): string {
    return text.replaceAll(this.#options.key, '<WANDB_API_KEY>');
  }
}

export type Json = Readonly<Record<string, unknown>>;

/** As the official client has it: of these only a 409 of a mutation can succeed later, where two of them meet. */
const FINAL = new Set([400, 401, 403, 404, 409, 410, 413, 422, 501]);

function secondsIn(headers: Headers, name: string): number | undefined {
  const value = headers.get(name);
  const seconds = value === null ? Number.NaN : Number(value);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

/** Node hides what happened one level down: "fetch failed" alone helps nobody. */
const reasonOf = (error: unknown): string =>
  messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error) || 'connection failed';

export const asObject = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
