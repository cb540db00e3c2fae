/**
 * The kernel: boots plugins and holds what they provide for one run.
 *
 * Boot order: contract check, options of all plugins, setup, graph check. Every problem is found before
 * anything is created, and all of them are reported together.
 */
import { throwProblems, type TinsmithError } from '../error.js';
import type { AnyHook, HookRunner } from '../hook.js';
import type { ConfiguredPlugin, Deps, HookOptions, Resolved } from '../plugin.js';
import type { AnyToken, Registry, Token } from '../token.js';
import { checkOffers } from './check.js';
import { Hooks } from './hooks.js';
import { type Offer, offersOf } from './offer.js';
import { missingPlugins, sortPlugins } from './order.js';
import { type Deadlines, Providers } from './providers.js';
import { checkPluginOptions, setUp, speaksOurContract, withoutRepeats } from './set-up.js';

/** Somebody who listens to a hook. */
export interface Listener {
  readonly hook: AnyHook;
  readonly plugin: string;
  readonly order: HookOptions['order'];
}

export interface Assembly {
  /** Holds what the plugins without problems offer. */
  readonly kernel: Kernel;
  readonly problems: readonly TinsmithError[];
  /** False if plugins are missing or have problems: what nobody provides may be theirs. */
  readonly complete: boolean;
}

interface Parts {
  readonly plugins: readonly string[];
  readonly offers: readonly Offer[];
  readonly hooks: Hooks;
  readonly observerFailures: TinsmithError[];
}

export class Kernel {
  /** Names of the plugins that were set up, in that order. */
  readonly plugins: readonly string[];
  readonly hooks: HookRunner;
  readonly #hooks: Hooks;
  readonly #providers: Providers;
  readonly #offers: readonly Offer[];
  readonly #problems: TinsmithError[];

  private constructor({ plugins, offers, hooks, observerFailures }: Parts) {
    this.plugins = plugins;
    this.#offers = offers;
    this.#providers = new Providers(offers);
    this.hooks = hooks;
    this.#hooks = hooks;
    this.#problems = observerFailures;
  }

  /** Throws a TinsmithError, or TinsmithErrors for several problems. Creates nothing. */
  static async boot(plugins: readonly ConfiguredPlugin[]): Promise<Kernel> {
    const { kernel, problems } = await Kernel.assemble(plugins);
    throwProblems(problems);
    return kernel;
  }

  /**
   * Boots what can be booted, so that more can be checked than the plugins. A plugin with a problem is left
   * out; what others then miss is not reported. `complete` is false if plugins are missing from the list.
   */
  static async assemble(
    plugins: readonly ConfiguredPlugin[],
    options: { readonly complete?: boolean } = {},
  ): Promise<Assembly> {
    const problems: TinsmithError[] = [];
    const offers: Offer[] = [];
    const observerFailures: TinsmithError[] = [];
    const hooks = new Hooks(problem => observerFailures.push(problem));

    const listed = options.complete ?? true;
    if (listed) problems.push(...missingPlugins(plugins));
    const spoken = plugins.filter(plugin => speaksOurContract(plugin, problems));
    const sorted = sortPlugins(withoutRepeats(spoken, problems), problems);
    for (const plugin of sorted) {
      const checked = await checkPluginOptions(plugin);
      problems.push(...checked.problems);
      if (checked.problems.length === 0) setUp(plugin, checked.value, { offers, hooks, problems });
    }
    const everybody = listed && problems.length === 0;
    problems.push(...checkOffers(offers, { everybody }));

    const faulty = new Set(problems.map(({ plugin }) => plugin));
    const sound = offers.filter(({ plugin }) => !faulty.has(plugin));
    const kernel = new Kernel({
      plugins: sorted.map(({ definition }) => definition.name).filter(name => !faulty.has(name)),
      offers: sound,
      hooks,
      observerFailures,
    });
    return { kernel, problems, complete: listed && problems.length === 0 };
  }

  /** Failures of observers so far: recorded, because they do not end a run. */
  get problems(): readonly TinsmithError[] {
    return this.#problems;
  }

  /** Who offers a token, in the order of plugins; without a token, all offers. */
  offers(token?: AnyToken): readonly Offer[] {
    return token ? offersOf(this.#offers, token) : this.#offers;
  }

  /** Whether a provider depends on the token. */
  isNeeded(token: AnyToken): boolean {
    return this.#offers.some(({ provider }) =>
      Object.values(provider.deps ?? {}).some(needed => needed.id === token.id),
    );
  }

  /** Who listens to which hook, in the order in which they are called. */
  listeners(): readonly Listener[] {
    return this.#hooks
      .tapped()
      .flatMap(hook => this.#hooks.taps(hook).map(({ plugin, order }) => ({ hook, plugin, order })));
  }

  get<T>(token: Token<T, 'one'>): Promise<T>;
  get<T>(token: Token<T, 'many'>): Promise<readonly T[]>;
  get<T>(token: Token<T, 'named'>, name: string): Promise<T>;
  get(token: AnyToken, name?: string): Promise<unknown> {
    return this.#providers.get(token, name);
  }

  registry<T>(token: Token<T, 'named'>): Registry<T> {
    return this.#providers.registry(token);
  }

  resolve<D extends Deps>(deps: D): Promise<Resolved<D>> {
    return this.#providers.resolve(deps);
  }

  /**
   * Disposes every value once, last in first out; throws an AggregateError after all have been tried. What does not end
   * in time is named and left behind.
   */
  dispose(deadlines?: Deadlines): Promise<void> {
    return this.#providers.dispose(deadlines);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}
