/**
 * Creates what providers offer: each value once, on first use, its dependencies first; disposes them last
 * in first out. The values live in a tsyringe container of their own, a child per run.
 */
import 'reflect-metadata'; // tsyringe refuses to load without it
import { container as rootContainer } from 'tsyringe';
import { amend, messageOf, TinsmithError } from '../error.js';
import { nearest } from '../nearest.js';
import type { Deps, Resolved } from '../plugin.js';
import type { AnyToken, Registry, Token } from '../token.js';
import { settlesWithin } from './deadline.js';
import { describe, nameOf, type Offer, offerNamed, offersOf } from './offer.js';

/** In milliseconds. */
export interface Deadlines {
  /** For what is still being created when the run is over. Default 10 000. */
  readonly create?: number;
  /** For one value to shut down: it may have much to send. Default 60 000. */
  readonly dispose?: number;
}

export class Providers {
  /** A child for each run: nothing is ever registered in the root container, where runs would meet. */
  readonly #container = rootContainer.createChildContainer();
  readonly #offers: readonly Offer[];
  readonly #pending = new Map<Offer, Promise<unknown>>();
  readonly #cleanups: { readonly offer: Offer; readonly value: unknown }[] = [];
  /** Those whose `create` is running. */
  readonly #creating = new Set<Offer>();
  /** Nothing new is created. */
  #disposed = false;
  /** What is still being created is waited for no longer. */
  #closed = false;

  constructor(offers: readonly Offer[]) {
    this.#offers = offers;
  }

  async get(token: AnyToken, name?: string): Promise<unknown> {
    const offers = offersOf(this.#offers, token);
    if (token.cardinality === 'many') return Promise.all(offers.map(offer => this.#create(offer)));
    const offer = token.cardinality === 'named' ? offerNamed(offers, name) : offers[0];
    if (!offer && token.cardinality === 'optional') return undefined;
    if (!offer) throw providerMissing(token, name, offers);
    return this.#create(offer);
  }

  registry<T>(token: Token<T, 'named'>): Registry<T> {
    const offers = offersOf(this.#offers, token);
    const names = offers.map(offer => offer.name ?? '');
    return {
      names: () => names,
      has: name => offerNamed(offers, name) !== undefined,
      get: name => this.get(token, name) as Promise<T>,
    };
  }

  async resolve<D extends Deps>(deps: D): Promise<Resolved<D>> {
    const entries = Object.entries(deps).map(async ([key, token]) => [
      key,
      token.cardinality === 'named' ? this.registry(token as Token<unknown, 'named'>) : await this.get(token),
    ]);
    return Object.fromEntries(await Promise.all(entries)) as Resolved<D>;
  }

  /** Tries every value, last in first out, then throws what went wrong. A second call does nothing. */
  async dispose({ create = 10_000, dispose = 60_000 }: Deadlines = {}): Promise<void> {
    this.#disposed = true;
    const problems: TinsmithError[] = [];
    if (!(await settlesWithin(Promise.allSettled(this.#pending.values()), create))) {
      problems.push(...[...this.#creating].map(offer => leftBehind(offer, 'was not created', create)));
    }
    this.#closed = true;
    for (const { offer, value } of this.#cleanups.splice(0).toReversed()) {
      try {
        const done = Promise.resolve(offer.provider.dispose?.(value));
        if (!(await settlesWithin(done, dispose)))
          problems.push(leftBehind(offer, 'did not shut down', dispose));
      } catch (cause) {
        problems.push(disposeFailed(offer, cause));
      }
    }
    await this.#container.dispose();
    if (problems.length)
      throw new AggregateError(problems, problems.map(problem => problem.message).join('\n'));
  }

  #create(offer: Offer): Promise<unknown> {
    let pending = this.#pending.get(offer);
    if (!pending) this.#pending.set(offer, (pending = this.#build(offer)));
    return pending;
  }

  async #build(offer: Offer): Promise<unknown> {
    if (this.#disposed) throw tooLate(offer);
    const deps = await this.resolve(offer.provider.deps ?? {});
    const value = await this.#make(offer, deps);
    if (this.#closed) {
      await offer.provider.dispose?.(value); // nobody can use it any more
      throw tooLate(offer);
    }
    const key = Symbol(`${describe(offer)} of ${offer.plugin}`);
    this.#container.register(key, { useValue: value });
    this.#cleanups.push({ offer, value });
    return this.#container.resolve(key);
  }

  async #make(offer: Offer, deps: Resolved<Deps>): Promise<unknown> {
    this.#creating.add(offer);
    try {
      return await offer.provider.create(deps);
    } catch (cause) {
      // An error of ours says more than we could add; only its plugin may be missing.
      if (TinsmithError.is(cause))
        throw cause.plugin === undefined ? amend(cause, { plugin: offer.plugin }) : cause;
      throw new TinsmithError({
        code: 'PROVIDER_FAILED',
        plugin: offer.plugin,
        message: `could not create ${describe(offer)}: ${messageOf(cause)}`,
        cause,
      });
    } finally {
      this.#creating.delete(offer);
    }
  }
}

const tooLate = (offer: Offer) =>
  new TinsmithError({
    code: 'RUN_DISPOSED',
    plugin: offer.plugin,
    message: `${describe(offer)} was asked for after the end of the run`,
  });

const disposeFailed = (offer: Offer, cause: unknown) =>
  new TinsmithError({
    code: 'DISPOSE_FAILED',
    plugin: offer.plugin,
    message: `${describe(offer)} failed to shut down: ${messageOf(cause)}`,
    cause,
  });

const leftBehind = (offer: Offer, what: string, milliseconds: number) =>
  new TinsmithError({
    code: 'LEFT_BEHIND',
    plugin: offer.plugin,
    message: `${describe(offer)} ${what} within ${milliseconds / 1000} s and is left behind`,
  });

/** Nothing provides what was picked: says what there is, with the nearest name. */
export function providerMissing(
  token: AnyToken,
  name: string | undefined,
  offers: readonly Offer[],
  at?: string,
): TinsmithError {
  const there = offers.map(offer => `"${offer.name ?? ''}" (${offer.plugin})`).join(', ');
  const names = offers.map(offer => offer.name ?? '');
  const suggestion =
    (name !== undefined && nearest(name, names)) || (names.length === 1 ? names[0] : undefined);
  return new TinsmithError({
    code: 'PROVIDER_MISSING',
    message: `nothing provides ${nameOf(token, name)}`,
    at,
    found: there || `no plugin provides any ${token.id}`,
    fix: suggestion
      ? `${token.id}: ${suggestion}`
      : `add a plugin that provides ${nameOf(token, name)} to \`plugins\``,
  });
}
