/** One JSON request with a limit of time. Knows nothing about what is asked. */
import { messageOf } from '@tinsmith/core';

export interface JsonRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly seconds: number;
  readonly signal?: AbortSignal | undefined;
}

export type Json = Readonly<Record<string, unknown>>;

/** An answer with another status than 2xx. */
export class HttpFailure extends Error {
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.name = 'HttpFailure';
    this.status = status;
  }
}

/** Throws HttpFailure, or an error with the address and the reason in words. */
export async function requestJson(url: string, request: JsonRequest): Promise<unknown> {
  const { method = 'POST', body, headers = {}, seconds, signal } = request;
  const limit = AbortSignal.timeout(seconds * 1000);
  let text: string;
  let status: number;
  try {
    const response = await fetch(url, {
      method,
      headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    [status, text] = [response.status, await response.text()];
  } catch (cause) {
    signal?.throwIfAborted();
    throw new Error(`${url}: ${limit.aborted ? `no answer within ${seconds} s` : reasonOf(cause)}`, {
      cause,
    });
  }
  if (status < 200 || status > 299)
    throw new HttpFailure(`${url} answers ${status}: ${text.slice(0, 300)}`, status);
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch (cause) {
    throw new Error(`${url}: the answer is not JSON`, { cause });
  }
}

/** Node hides what happened one level down: "fetch failed" alone helps nobody. */
const reasonOf = (error: unknown): string =>
  messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error) || 'connection failed';

export const asObject = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
