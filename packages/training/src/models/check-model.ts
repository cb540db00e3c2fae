/**
 * Whether a model and its renderer can be there, for the `check` of recipes: before anything is created. Knows folders and
 * names; whether a hub or a service has a model is for the engine to find out.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ModelSource, nearest, type Registry, throwProblems, TinsmithError } from '@tinsmith/core';
import { chooseRendererName, type RendererChoice, type RendererRegistries } from './choose-renderer.js';

/**
 * @throws {TinsmithError} MODEL_NOT_FOUND for a path where nothing is, and what `chooseRenderer` throws; TinsmithErrors for both
 */
export async function checkModelAndRenderer(
  choice: RendererChoice,
  registries: RendererRegistries,
): Promise<void> {
  const missing = missingModel(choice.modelName, registries.models);
  const problems = missing ? [missing] : [];
  // A model that is not there recommends no renderer, which is not a second problem.
  if (!missing || choice.rendererName !== undefined) {
    await chooseRendererName(choice, registries).catch((error: unknown) => {
      if (!TinsmithError.is(error)) throw error;
      problems.push(error);
    });
  }
  throwProblems(problems);
}

/** Names that can only be paths. */
const path = /^(\.{0,2}[/\\]|~|\.{1,2}$|[a-z]:[/\\])|\.gguf$/i;

function missingModel(name: string, models: Registry<ModelSource>): TinsmithError | undefined {
  const place = resolve(name); // of the working directory, as the engine does
  if (models.has(name) || !path.test(name) || existsSync(place)) return undefined;
  const near = nearest(name, models.names());
  return new TinsmithError({
    code: 'MODEL_NOT_FOUND',
    message: `there is no model "${name}"`,
    at: 'recipe.with.modelName',
    found: `models of plugins: ${models.names().join(', ') || 'none'}; neither a folder nor a .gguf file ${place}`,
    fix: near
      ? `modelName: ${near}`
      : 'name a model that a plugin in the config provides, a folder in Hugging Face layout, a .gguf file, or an id on the hub (owner/name)',
  });
}
