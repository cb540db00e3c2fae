/** What the engine's clients share: the connection, the deadline, the count of tokens, and errors in Tinsmith's form. */
import type { ServiceClient, WaitOptions } from '@tinsmith/tinker';
import type { Budget } from './budget.js';
import { type Circumstances, problemOf } from './problems.js';
import type { Waits } from './waits.js';

export interface RemoteContext {
  readonly service: ServiceClient;
  readonly baseUrl: string;
  readonly deadlineMs: number;
  readonly budget: Budget;
  readonly waits: Waits;
}

interface Call extends Pick<Circumstances, 'signal' | 'lastState'> {
  /** The protocol's name of the request, for the reason why it waits. */
  readonly type: string;
}

/** `send` runs before this returns: a call takes its place in the order when it is made. */
export async function remoteCall<T>(
  { baseUrl, deadlineMs, waits }: RemoteContext,
  { type, signal, lastState }: Call,
  send: (wait: WaitOptions) => Promise<T>,
): Promise<T> {
  try {
    return await send({ timeoutMs: deadlineMs, signal });
  } catch (error) {
    throw problemOf(error, { baseUrl, signal, lastState, held: waits.reasonOf(type) });
  }
}
