/**
 * A layer of the config: one file, or the command line. Layers are merged; where an option was written
 * stays known, so that a problem names the file and the line.
 */
import { TinsmithError, type ErrorDetails } from '@tinsmith/core';
import { formatPath, type OptionPath, type Values } from '@tinsmith/core/options';
import type { PluginEntry } from './plugin-entry.js';

export interface Layer {
  /** Settings without `plugins` and `extends`, with keys in their one spelling. */
  readonly values: Values;
  readonly plugins: readonly PluginEntry[];
  /** Where this layer sets the option: `configs/x.yaml:12`, `--set seed=1`. Undefined if it does not. */
  locate(path: OptionPath): string | undefined;
  /** Where this layer sets something inside an option that it does not give as a whole: `--set a.b=1` for `a`. */
  locateInside?(path: OptionPath): string | undefined;
  /** Where the layer is, when nothing more exact is known. */
  readonly place: string | undefined;
}

/**
 * `recipe.with.groupSize   configs/x.yaml:12`. The strongest layer that sets the option wins; for a missing
 * option, the nearest thing around it. Layers go from the weakest to the strongest.
 */
export function placeOf(path: OptionPath, layers: readonly Layer[]): string {
  const strongestFirst = layers.toReversed();
  for (let length = path.length; length > 0; length--) {
    for (const layer of strongestFirst) {
      const where = layer.locate(path.slice(0, length));
      if (where !== undefined) return joined(path, where);
    }
    if (length < path.length) continue;
    const inside = strongestFirst.map(layer => layer.locateInside?.(path)).find(where => where !== undefined);
    if (inside !== undefined) return joined(path, inside);
  }
  return joined(path, strongestFirst.find(layer => layer.place !== undefined)?.place);
}

function joined(path: OptionPath, where: string | undefined): string {
  return [formatPath(path), where].filter(Boolean).join('   ');
}

/** A problem with one option, at the place that `layers` know. */
export function optionProblem(
  layers: readonly Layer[],
  path: OptionPath,
  details: Omit<ErrorDetails, 'at'>,
): TinsmithError {
  return new TinsmithError({ ...details, at: placeOf(path, layers) });
}
