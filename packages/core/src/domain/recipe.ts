/** Recipes: an algorithm in one function, with checked options. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Deps, Resolved } from '../plugin.js';
import { named, type Token } from '../token.js';
import type { Run } from './run.js';

/** Options that pick a provider by name. */
export type Uses = Readonly<Record<string, { readonly id: string; readonly cardinality: 'named' }>>;
export type Used<U extends Uses> = {
  readonly [K in keyof U]: U[K] extends Token<infer T, 'named'> ? T : never;
};

export interface RunNameParts {
  readonly seed: number;
}

export interface Recipe {
  readonly specification: 'v1';
  readonly uses: Uses;
  readonly deps: Deps;
  readonly options: StandardSchemaV1;
  readonly batchOptions?: readonly string[];
  runName?(options: never, parts: RunNameParts): string;
  check?(options: never, deps: never): void | Promise<void>;
  run(run: Run, options: never, used: never): Promise<void>;
}

export interface RecipeDefinition<U extends Uses, D extends Deps, S extends StandardSchemaV1> {
  /** Option name -> kind: checked at boot, handed to `run` ready to use. */
  readonly uses: U;
  /** What the recipe needs that no single option picks, as in a provider. */
  readonly deps?: D;
  readonly options: S;
  /**
   * The options that say what batch N is, e.g. the data set and the size of a batch. A run that goes on with other values of
   * them, or with another seed, is refused: its first steps would be of one run and its last ones of another.
   */
  readonly batchOptions?: readonly (keyof StandardSchemaV1.InferOutput<S> & string)[];
  /** The name of a run without the time stamp, from the options that tell runs apart. */
  runName?(options: StandardSchemaV1.InferOutput<S>, parts: RunNameParts): string;
  /**
   * What a schema cannot see, e.g. whether a folder is there. Called for `tinsmith check` and before a run, when the options
   * and the providers are right: it creates nothing, and none of the `deps` may need the run folder.
   * @throws {TinsmithError} or TinsmithErrors, whose `at` names the option: `recipe.with.modelName`
   */
  check?(options: StandardSchemaV1.InferOutput<S>, deps: Resolved<D>): void | Promise<void>;
  run(run: Run, options: StandardSchemaV1.InferOutput<S>, used: Used<U> & Resolved<D>): Promise<void>;
}

export function defineRecipe<
  U extends Uses,
  S extends StandardSchemaV1,
  D extends Deps = Record<never, never>,
>(recipe: RecipeDefinition<U, D, S>): Recipe {
  const defined: Recipe = { specification: 'v1', deps: {}, ...recipe };
  return defined;
}

/** Recipes, by the name that a config uses. */
export const Recipes = named<Recipe>('recipe');
