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
import { describe, nameOf, type Offer, offersOf } from './offer.js';

export class Providers {
  /** A child for each run: nothing is ever registered in the root container, where runs would meet. */
  readonly #container = rootContainer.createChildContainer();
  readonly #offers: readonly Offer[];
  readonly #pending = new Map<Offer, Promise<unknown>>();
  readonly #cleanups: { readonly offer: Offer; readonly value: unknown }[] = [];
  #disposed = false;

  constructor(offers: readonly Offer[]) {
    this.#offers = offers;
  }

  async get(token: AnyToken, name?: string): Promise<unknown> {
    const offers = offersOf(this.#offers, token);
    if (token.cardinality === 'many') return Promise.all(offers.map(offer => this.#create(offer)));
    const offer =
      token.cardinality === 'named' ? offers.find(candidate => candidate.name === name) : offers[0];
    if (!offer && token.cardinality === 'optional') return undefined;
    if (!offer) throw providerMissing(token, name, offers);
    return this.#create(offer);
  }

  registry<T>(token: Token<T, 'named'>): Registry<T> {
    const names = offersOf(this.#offers, token).map(offer => offer.name ?? '');
    return {
      names: () => names,
      has: name => names.includes(name),
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
  async dispose(): Promise<void> {
    this.#disposed = true;
    await Promise.allSettled(this.#pending.values());
    const problems: TinsmithError[] = [];
    for (const { offer, value } of this.#cleanups.splice(0).toReversed()) {
      try {
        await offer.provider.dispose?.(value);
      } catch (cause) {
        problems.push(
          new TinsmithError({
            code: 'DISPOSE_FAILED',
            plugin: offer.plugin,
            message: `${describe(offer)} failed to shut down: ${messageOf(cause)}`,
            cause,
          }),
        );
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
    if (this.#disposed) {
      throw new TinsmithError({
        code: 'RUN_DISPOSED',
        plugin: offer.plugin,
        message: `${describe(offer)} was asked for after the end of the run`,
      });
    }
    const deps = await this.resolve(offer.provider.deps ?? {});
    const key = Symbol(`${describe(offer)} of ${offer.plugin}`);
    try {
      this.#container.register(key, { useValue: await offer.provider.create(deps) });
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
    }
    const value = this.#container.resolve(key);
    this.#cleanups.push({ offer, value });
    return value;
  }
}

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
