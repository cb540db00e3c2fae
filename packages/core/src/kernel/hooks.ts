/** Runs the handlers of hooks, in order, with the meaning that the kind of a hook gives to a throw. */
import { messageOf, TinsmithError } from '../error.js';
import type { AnyHook, HookRunner } from '../hook.js';
import type { HookOptions } from '../plugin.js';

type Handler = (...args: unknown[]) => unknown;

export interface Tap {
  readonly plugin: string;
  readonly handler: Handler;
  readonly order: HookOptions['order'];
}

const nothing = Promise.resolve();

export class Hooks implements HookRunner {
  readonly #taps = new Map<string, readonly Tap[]>();
  readonly #tapped = new Map<string, AnyHook>();
  readonly #onObserverFailure: (problem: TinsmithError) => void;

  constructor(onObserverFailure: (problem: TinsmithError) => void) {
    this.#onObserverFailure = onObserverFailure;
  }

  /** Handlers run in the order of their plugins, `pre` ones before and `post` ones after all others. */
  tap(hook: AnyHook, tap: Tap): void {
    const all = [...this.taps(hook), tap];
    const inOrder = (['pre', undefined, 'post'] as const).flatMap(order =>
      all.filter(t => t.order === order),
    );
    this.#taps.set(hook.id, inOrder);
    this.#tapped.set(hook.id, hook);
  }

  /** The hooks that somebody listens to. */
  tapped(): readonly AnyHook[] {
    return [...this.#tapped.values()];
  }

  taps(hook: AnyHook): readonly Tap[] {
    return this.#taps.get(hook.id) ?? [];
  }

  // Not async: an emit that nobody listens to costs a look-up and no promise.
  emit(hook: AnyHook, event: unknown): Promise<void> {
    const taps = this.#taps.get(hook.id);
    if (!taps) return nothing;
    return hook.kind === 'parallel' ? this.#observe(hook, taps, event) : this.#inTurn(hook, taps, event);
  }

  async transform<V>(hook: AnyHook, value: V, event: unknown): Promise<V> {
    for (const tap of this.taps(hook)) {
      const next = await this.#call(hook, tap, [value, event]);
      if (next === undefined)
        throw this.#failure(hook, tap, new Error('it returned nothing; return the value, changed or not'));
      value = next as V;
    }
    return value;
  }

  async ask<R>(hook: AnyHook, event: unknown): Promise<R | undefined> {
    for (const tap of this.taps(hook)) {
      const answer = await this.#call(hook, tap, [event]);
      if (answer !== undefined) return answer as R;
    }
    return undefined;
  }

  async #inTurn(hook: AnyHook, taps: readonly Tap[], event: unknown): Promise<void> {
    for (const tap of taps) await this.#call(hook, tap, [event]);
  }

  async #observe(hook: AnyHook, taps: readonly Tap[], event: unknown): Promise<void> {
    const results = await Promise.allSettled(taps.map(tap => this.#call(hook, tap, [event])));
    for (const result of results) if (result.status === 'rejected') this.#onObserverFailure(result.reason);
  }

  async #call(hook: AnyHook, tap: Tap, args: unknown[]): Promise<unknown> {
    try {
      return await tap.handler(...args);
    } catch (cause) {
      throw this.#failure(hook, tap, cause);
    }
  }

  #failure(hook: AnyHook, tap: Tap, cause: unknown): TinsmithError {
    return new TinsmithError({
      code: 'HOOK_FAILED',
      plugin: tap.plugin,
      message: `a handler of the hook "${hook.id}" failed: ${messageOf(cause)}`,
      cause,
    });
  }
}
