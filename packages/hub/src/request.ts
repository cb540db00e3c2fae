/**
 * One GET request to the hub: the token where it belongs, silence as an error, failures sorted into those that pass
 * and those that stay.
 */
import { PassingFailure, retryAfter } from './retry.js';
import type { HubSettings } from './settings.js';

export interface Answer {
  readonly response: Response;
  /** The body's bytes. Fails with a PassingFailure if the connection is cut or silent. */
  readonly body: () => AsyncGenerator<Uint8Array>;
  /** Instead of reading the body. */
  readonly discard: () => Promise<void>;
}

/** Resolves for every answer that is not a passing failure (408, 429, 5xx, no connection). */
export async function request(
  address: string,
  settings: HubSettings,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const silence = new SilenceTimer(settings.retry.silence);
  const signal = settings.signal ? AbortSignal.any([silence.signal, settings.signal]) : silence.signal;
  const authorization: Record<string, string> =
    settings.token !== undefined && new URL(address).origin === new URL(settings.endpoint).origin
      ? { authorization: `Bearer ${settings.token}` } // fetch drops it when it follows a redirect to another origin
      : {};
  const send = settings.fetch;
  let response: Response;
  try {
    response = await send(address, { headers: { ...headers, ...authorization }, signal });
  } catch (error) {
    silence.stop();
    throw asFailure(error, settings);
  }
  const discard = async (): Promise<void> => {
    silence.stop();
    await response.body?.cancel().catch(() => undefined);
  };
  const { status } = response;
  if (status === 408 || status === 429 || status >= 500) {
    await discard();
    throw new PassingFailure(`the hub answered ${status} ${response.statusText}`.trim(), {
      wait: retryAfter(response.headers.get('retry-after')),
    });
  }
  return { response, body: () => readBody(response, silence, settings), discard };
}

async function* readBody(
  response: Response,
  silence: SilenceTimer,
  settings: HubSettings,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response.body ?? []) {
      silence.restart();
      yield chunk as Uint8Array;
    }
  } catch (error) {
    throw asFailure(error, settings);
  } finally {
    silence.stop();
  }
}

const NO_CONNECTION = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH'];

function asFailure(error: unknown, settings: HubSettings): unknown {
  if (settings.signal?.aborted) return settings.signal.reason;
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (reason as { code?: unknown }).code;
  const message = reason instanceof Error ? reason.message : String(reason);
  if (message === 'redirect count exceeded') return new Error('the hub redirects in circles');
  return new PassingFailure(message || String(code), {
    isUnreachable: typeof code === 'string' && NO_CONNECTION.includes(code),
    cause: error,
  });
}

/** Aborts when nothing has come for a while. */
class SilenceTimer {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(milliseconds: number) {
    const text = `nothing came for ${milliseconds / 1000} seconds`;
    this.timer = setTimeout(() => this.controller.abort(new Error(text)), milliseconds);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  restart(): void {
    this.timer.refresh();
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
