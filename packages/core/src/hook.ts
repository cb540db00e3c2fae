/**
 * Hooks: the verbs of the contract. The kind of a hook says how its handlers run and what a throw
 * means. Knows nothing about plugins or the container.
 */
export type HookKind = 'sequential' | 'parallel' | 'waterfall' | 'first';
export type Awaitable<T> = T | Promise<T>;

export interface Hook<Handler, K extends HookKind = HookKind> {
  readonly id: string;
  readonly kind: K;
  /** Never present at run time; carries the handler's type. */
  readonly __handler?: (handler: Handler) => Handler;
}

export type AnyHook = { readonly id: string; readonly kind: HookKind };
export type HandlerOf<H> = H extends Hook<infer Handler> ? Handler : never;

function define<K extends HookKind>(kind: K) {
  return <Handler>(id: string): Hook<Handler, K> => Object.freeze({ id, kind });
}

type Event<E> = Readonly<E>;
export type SequentialHook<E> = Hook<(event: Event<E>) => Awaitable<void>, 'sequential'>;
export type ParallelHook<E> = Hook<(event: Event<E>) => Awaitable<void>, 'parallel'>;
export type WaterfallHook<V, E> = Hook<(value: V, event: Event<E>) => Awaitable<V>, 'waterfall'>;
export type FirstHook<E, R> = Hook<(event: Event<E>) => Awaitable<R | undefined>, 'first'>;

/** Handlers run one after the other; a throw ends the run. */
export const sequential: <E>(id: string) => SequentialHook<E> = define('sequential');
/** Observers, run together; a throw is recorded and the run goes on. */
export const parallel: <E>(id: string) => ParallelHook<E> = define('parallel');
/** Each handler gets the value that the one before returned; a throw ends the run. */
export const waterfall: <V, E>(id: string) => WaterfallHook<V, E> = define('waterfall');
/** The first handler that answers wins, the others are not asked; a throw ends the run. */
export const first: <E, R>(id: string) => FirstHook<E, R> = define('first');

export interface HookRunner {
  emit<E>(hook: SequentialHook<E> | ParallelHook<E>, event: E): Promise<void>;
  transform<V, E>(hook: WaterfallHook<V, E>, value: V, event: E): Promise<V>;
  ask<E, R>(hook: FirstHook<E, R>, event: E): Promise<R | undefined>;
}
