/**
 * Tokens: the nouns of the contract. A token names something that a plugin can provide; how many
 * providers it may have is part of its type. Knows nothing about plugins, hooks or the container.
 */
/** `optional` is only ever depended on: what is provided is `one`. */
export type Cardinality = 'one' | 'many' | 'named' | 'optional';

export interface Token<T, C extends Cardinality = Cardinality> {
  readonly id: string;
  readonly cardinality: C;
  /** Never present at run time; makes `Token` invariant in `T`. */
  readonly __type?: (value: T) => T;
}

/** A token of any type: for code that handles tokens without touching their values. */
export type AnyToken = { readonly id: string; readonly cardinality: Cardinality };

/** What a token with several named providers gives to those who depend on it. */
export interface Registry<T> {
  names(): readonly string[];
  has(name: string): boolean;
  /** Creates the value on first use. Throws PROVIDER_MISSING, with the names there are. */
  get(name: string): Promise<T>;
}

function define<C extends Cardinality>(cardinality: C) {
  return <T>(id: string): Token<T, C> => Object.freeze({ id, cardinality });
}

/** Exactly one provider, e.g. the run folder. */
export const one = define('one');
/** Zero or more providers, all of them used, e.g. metric sinks. */
export const many = define('many');
/** Zero or more providers, one picked by name in the config, e.g. engines. */
export const named = define('named');

/** For `deps`: the value of a token that may have no provider, which is then undefined. */
export const optional = <T>({ id }: Token<T, 'one'>): Token<T, 'optional'> =>
  Object.freeze({ id, cardinality: 'optional' });
