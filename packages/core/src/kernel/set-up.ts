/** One plugin from its entry in the config to what it registers: contract, options, setup. Creates nothing. */
import { messageOf, TinsmithError } from '../error.js';
import type { AnyHook } from '../hook.js';
import { optionProblems } from '../options/parse-options.js';
import { formatPath } from '../options/path.js';
import {
  CONTRACT,
  type ConfiguredPlugin,
  type Deps,
  type HookOptions,
  type PluginContext,
  type Provider,
} from '../plugin.js';
import type { AnyToken } from '../token.js';
import type { Hooks, Tap } from './hooks.js';
import type { Offer } from './offer.js';

/** The contract check. */
export function speaksOurContract(plugin: ConfiguredPlugin, problems: TinsmithError[]): boolean {
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

/** Of several entries of one plugin, the first. */
export function withoutRepeats(
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

/** The options with defaults; `value` is undefined if there are problems. */
export async function checkPluginOptions({ definition: { name, config }, options = {} }: ConfiguredPlugin) {
  const at = formatPath(['plugins', name, 'with']);
  try {
    return await optionProblems(config, options, { at, plugin: name });
  } catch (cause) {
    const message = `its options cannot be checked: ${messageOf(cause)}`;
    return {
      value: undefined,
      problems: [new TinsmithError({ code: 'OPTIONS_FAILED', plugin: name, message, at, cause })],
    };
  }
}

/** Two plugins may bring along the very same provider of something that both need: it is one. */
const isThere = ({ token, name, provider }: Offer, offers: readonly Offer[]) =>
  token.cardinality !== 'many' &&
  offers.some(other => other.token.id === token.id && other.name === name && other.provider === provider);

interface Registration {
  readonly offers: Offer[];
  readonly hooks: Hooks;
  readonly problems: TinsmithError[];
}

/**
 * Runs `setup`. A plugin whose setup fails leaves nothing behind; what it calls after setup is refused there, where
 * nobody would look at it any more.
 */
export function setUp(
  { definition }: ConfiguredPlugin,
  config: unknown,
  { offers, hooks, problems }: Registration,
): void {
  const plugin = definition.name;
  const offered: Offer[] = [];
  const tapped: [AnyHook, Tap][] = [];
  let isOver = false;
  const inTime = (what: string) => {
    if (isOver) throw tooLate(plugin, what);
  };
  const context = {
    config: config ?? {},
    provide(token: AnyToken, ...rest: [Provider<unknown, Deps>] | [string, Provider<unknown, Deps>]) {
      inTime('provide');
      const [name, provider] = rest.length === 2 ? rest : [undefined, rest[0]];
      offered.push({ token, name, plugin, provider });
    },
    hook(hook: AnyHook, handler: Tap['handler'], options?: HookOptions) {
      inTime('hook');
      tapped.push([hook, { plugin, handler, order: options?.order }]);
    },
    emit(hook: AnyHook, event: unknown) {
      void hooks.emit(hook, event); // of observers, whose failures are recorded: it never rejects
    },
  };
  try {
    const returned: unknown = definition.setup(context as unknown as PluginContext<never>);
    if (returned instanceof Promise) {
      returned.catch(() => {}); // whatever it is, being late is the problem
      throw new Error('it returned a promise, and must be done when it returns');
    }
    offers.push(...offered.filter(offer => !isThere(offer, offers)));
    for (const [hook, tap] of tapped) hooks.tap(hook, tap);
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
  } finally {
    isOver = true;
  }
}

const tooLate = (plugin: string, what: string) =>
  new TinsmithError({
    code: 'SETUP_OVER',
    plugin,
    message: `called ${what} after its setup had returned`,
    fix: 'register everything in setup; decide later in what is registered',
  });
