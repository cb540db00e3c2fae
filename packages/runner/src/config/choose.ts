/** From the arguments of a command to the config that they mean: a file, the project's config, or a preset. */
import { TinsmithError } from '@tinsmith/core';
import { findConfig } from './find.js';
import type { ConfigSource } from './load.js';
import type { Override } from './overrides.js';
import { presetConfig } from './preset.js';

export interface ConfigArguments {
  readonly cwd: string;
  /** `--config` */
  readonly file: string | undefined;
  readonly overrides: readonly Override[];
  /** A bare word: the recipe. */
  readonly recipe: string | undefined;
  readonly preset: string | undefined;
}

/**
 * A recipe's name chooses the recipe of the config. Without a config, or with a preset, it is looked for among the
 * packages of the project.
 */
export async function chooseSource(given: ConfigArguments): Promise<ConfigSource> {
  const { cwd, file, overrides, recipe, preset } = given;
  refuseLonelyPreset(given);
  if (recipe === undefined) return { cwd, file, overrides };
  const config = preset === undefined ? (file ?? findConfig(cwd)) : undefined;
  if (config !== undefined) {
    const chosen = { path: ['recipe', 'use'], value: recipe, given: recipe };
    return { cwd, file: config, overrides: [...overrides, chosen] };
  }
  const wantsTracker = overrides.some(
    ({ path, value }) => path[0] === 'wandbProject' && typeof value === 'string' && value !== '',
  );
  return { cwd, overrides, ...presetConfig({ recipe, preset, wantsTracker }, cwd) };
}

function refuseLonelyPreset({ recipe, preset, file }: ConfigArguments): void {
  if (preset === undefined || (recipe !== undefined && file === undefined)) return;
  throw new TinsmithError({
    code: 'ARGUMENT_INVALID',
    message: file === undefined ? 'a preset belongs to a recipe' : 'a preset is a config itself',
    found: file === undefined ? `preset=${preset}` : `preset=${preset} and --config ${file}`,
    fix: file === undefined ? `tinsmith run NAME preset=${preset}` : 'one of them',
  });
}
