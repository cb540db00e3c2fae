/**
 * The kernel: boots plugins and holds what they provide for one run.
 *
 * Boot order: contract check, options of all plugins, setup, graph check. Every problem is found before
 * anything is created, and all of them are reported together.
 */
import { messageOf, throwProblems, TinsmithError } from '../error.js';
import type { AnyHook, HookRunner } from '../hook.js';
import {
  CONTRACT,
  type ConfiguredPlugin,
  type Deps,
  type PluginContext,
  type Provider,
  type Resolved,
} from '../plugin.js';
import type { AnyToken, Registry, Token } from '../token.js';
import { checkOffers } from './check.js';
import { Hooks } from './hooks.js';
import { type Offer, offersOf } from './offer.js';
import { checkOptions } from './options.js';
import { sortPlugins } from './order.js';
import { Providers } from './providers.js';

export class Kernel {
  readonly hooks: HookRunner;
  readonly #providers: Providers;
  readonly #offers: readonly Offer[];
  readonly #problems: TinsmithError[];

  private constructor(offers: readonly Offer[], hooks: Hooks, problems: TinsmithError[]) {
    this.#offers = offers;
    this.#providers = new Providers(offers);
    this.hooks = hooks;
    this.#problems = problems;
  }

  /** Throws a TinsmithError, or TinsmithErrors for several problems. Creates nothing. */
  static async boot(plugins: readonly ConfiguredPlugin[]): Promise<Kernel> {
    const problems: TinsmithError[] = [];
    const observerFailures: TinsmithError[] = [];
    const offers: Offer[] = [];
    const hooks = new Hooks(problem => observerFailures.push(problem));

    const spoken = plugins.filter(plugin => speaksOurContract(plugin, problems));
    for (const plugin of sortPlugins(withoutRepeats(spoken, problems), problems)) {
      const config = await checkPluginOptions(plugin, problems);
      if (config) setUp(plugin, config.value, offers, hooks, problems);
    }
    throwProblems([...problems, ...checkOffers(offers)]);
    return new Kernel(offers, hooks, observerFailures);
  }

  /** Failures of observers so far: recorded, because they do not end a run. */
  get problems(): readonly TinsmithError[] {
    return this.#problems;
  }

  /** Who offers a token, in the order of plugins. */
  offers(token: AnyToken): readonly Offer[] {
    return offersOf(this.#offers, token);
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

  /** Disposes every value once, last in first out; throws an AggregateError after all have been tried. */
  dispose(): Promise<void> {
    return this.#providers.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

function speaksOurContract(plugin: ConfiguredPlugin, problems: TinsmithError[]): boolean {
  if (plugin.contract === CONTRACT) return true;
  const newer = plugin.contract > CONTRACT;
  problems.push(
    new TinsmithError({
      code: 'CONTRACT_UNSUPPORTED',
      plugin: plugin.definition.name,
      message: `speaks another plugin contract than this version of Tinsmith`,
      at: 'plugins',
      found: `contract ${plugin.contract}; this version speaks ${CONTRACT}`,
      fix: newer ? 'update tinsmith and @tinsmith/core' : `update ${plugin.definition.name}`,
    }),
  );
  return false;
}

function withoutRepeats(
  plugins: readonly ConfiguredPlugin[],
  problems: TinsmithError[],
): readonly ConfiguredPlugin[] {
  const seen = new Set<string>();
  return plugins.filter(({ definition: { name } }) => {
    if (!seen.has(name)) return seen.add(name);
    problems.push(
      new TinsmithError({
        code: 'PLUGIN_REPEATED',
        plugin: name,
        message: 'stands in `plugins` more than once',
        at: 'plugins',
        fix: 'keep one entry',
      }),
    );
    return false;
  });
}

async function checkPluginOptions(
  { definition, options }: ConfiguredPlugin,
  problems: TinsmithError[],
): Promise<{ value: unknown } | undefined> {
  const place = { at: `plugins[${definition.name}].with`, plugin: definition.name };
  if (!definition.config) {
    const keys = Object.keys(options ?? {});
    if (keys.length === 0) return { value: {} };
    problems.push(
      new TinsmithError({
        code: 'OPTION_UNKNOWN',
        ...place,
        message: 'takes no options',
        found: keys.join(', '),
        fix: 'remove `with`',
      }),
    );
    return undefined;
  }
  const check = await checkOptions(definition.config, options ?? {}, place);
  problems.push(...check.problems);
  return check.problems.length ? undefined : { value: check.value };
}

function setUp(
  { definition }: ConfiguredPlugin,
  config: unknown,
  offers: Offer[],
  hooks: Hooks,
  problems: TinsmithError[],
): void {
  const plugin = definition.name;
  const context = {
    config,
    provide(token: AnyToken, ...rest: [Provider<unknown, Deps>] | [string, Provider<unknown, Deps>]) {
      const [name, provider] = rest.length === 2 ? rest : [undefined, rest[0]];
      offers.push({ token, name, plugin, provider });
    },
    hook(hook: AnyHook, handler: (...args: unknown[]) => unknown, options?: { order?: 'pre' | 'post' }) {
      hooks.tap(hook, { plugin, handler, order: options?.order });
    },
  };
  try {
    definition.setup(context as unknown as PluginContext<never>);
  } catch (cause) {
    problems.push(
      new TinsmithError({
        code: 'SETUP_FAILED',
        plugin,
        message: `failed in setup: ${messageOf(cause)}`,
        at: 'plugins',
        cause,
      }),
    );
  }
}
