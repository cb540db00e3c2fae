/**
 * definePlugin: what a plugin package exports by default. Importing a plugin does nothing; `setup`
 * registers; `create` does the I/O.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { AnyHook, HandlerOf, ParallelHook } from './hook.js';
import type { AnyToken, Registry, Token } from './token.js';

/** Number of the contract between plugins and the kernel. Bumped only when old plugins stop working. */
export const CONTRACT = 1;
const brand = Symbol.for('tinsmith.plugin');

export type Deps = Readonly<Record<string, AnyToken>>;
/** What `deps` become: the value for `one`, it or undefined for `optional`, all values for `many`, a registry for `named`. */
export type Resolved<D extends Deps> = {
  readonly [K in keyof D]: D[K] extends Token<infer T, infer C>
    ? C extends 'one'
      ? T
      : C extends 'optional'
        ? T | undefined
        : C extends 'many'
          ? readonly T[]
          : Registry<T>
    : never;
};

export interface Provider<T, D extends Deps> {
  readonly deps?: D;
  /** Of a named token: other names that it can be picked by. They count where no provider has such a name itself. */
  readonly aliases?: readonly string[];
  /** Runs at most once per run, on first use. I/O belongs here. */
  create(deps: Resolved<D>): T | Promise<T>;
  /** Runs once for what `create` returned, in the reverse order of creation, also after a failure. */
  dispose?(value: T): void | Promise<void>;
}

export interface HookOptions {
  /** Before or after the handlers of other plugins; without it, the order of the plugins holds. */
  readonly order?: 'pre' | 'post';
}

export interface PluginContext<Config> {
  /** The plugin's options, checked and with defaults filled in. */
  readonly config: Config;
  /** Free of `this`, as are `hook` and `emit`: they can be taken apart. */
  readonly provide: {
    <T, V extends T, D extends Deps = Record<never, never>>(
      token: Token<T, 'one'> | Token<T, 'many'>,
      provider: Provider<V, D>,
    ): void;
    <T, V extends T, D extends Deps = Record<never, never>>(
      token: Token<T, 'named'>,
      name: string,
      provider: Provider<V, D>,
    ): void;
  };
  readonly hook: <H extends AnyHook>(hook: H, handler: HandlerOf<H>, options?: HookOptions) => void;
  /** Tells observers what happens in a provider. For after `setup`: it throws nothing and waits for nobody. */
  readonly emit: <E>(hook: ParallelHook<E>, event: E) => void;
}

export interface PluginDefinition<S extends StandardSchemaV1 = StandardSchemaV1> {
  /** The package's name. */
  readonly name: string;
  readonly version: string;
  /** Schema of the plugin's options (Standard Schema: zod, valibot, ...). Without it, options are refused. */
  readonly config?: S;
  /** Plugins that must be there, set up before this one. */
  readonly requires?: readonly string[];
  /** Plugins that are set up before this one if they are there. */
  readonly after?: readonly string[];
  /** Short and synchronous: registers providers and hooks, does no I/O. */
  setup(plugin: PluginContext<StandardSchemaV1.InferOutput<S>>): void;
}

/** A plugin with its options, as it stands in a config. */
export interface ConfiguredPlugin {
  readonly definition: AnyPluginDefinition;
  readonly options: unknown;
  readonly contract: number;
}

/** A definition whose option type has been forgotten. */
export interface AnyPluginDefinition extends Omit<PluginDefinition, 'setup'> {
  setup(plugin: PluginContext<never>): void;
}

/** The default export of a plugin package: call it with options, or list it by name in a YAML config. */
export interface Plugin<Options> {
  (...options: {} extends Options ? [options?: Options] : [options: Options]): ConfiguredPlugin;
  readonly definition: AnyPluginDefinition;
  readonly contract: number;
}

/** Of a plugin without `config`: an options object has nothing in it. */
type NoOptions = StandardSchemaV1<Readonly<Record<string, never>>, Readonly<Record<never, never>>>;

export function definePlugin<S extends StandardSchemaV1 = NoOptions>(
  definition: PluginDefinition<S>,
): Plugin<StandardSchemaV1.InferInput<S>> {
  const configure = (options: unknown = {}): ConfiguredPlugin => configurePlugin(plugin, options);
  const plugin = Object.assign(configure, {
    definition,
    contract: CONTRACT,
    [brand]: true,
  });
  return plugin;
}

/** Gives options to a plugin whose option type is not known, as a YAML config does. They are checked at boot. */
export function configurePlugin(
  plugin: { definition: AnyPluginDefinition; contract: number },
  options: unknown,
): ConfiguredPlugin {
  const configured = { definition: plugin.definition, options, contract: plugin.contract, [brand]: true };
  return configured;
}

/** True for what `definePlugin` returned, called or not, from whatever copy of this package. */
export function isPlugin(
  value: unknown,
): value is { definition: AnyPluginDefinition; contract: number; options?: unknown } {
  return (typeof value === 'object' || typeof value === 'function') && value !== null && brand in value;
}
