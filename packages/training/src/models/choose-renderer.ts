/** Which renderer a run speaks: found, or refused, before the first token. The one place for it, for all recipes. */
import {
  amend,
  type ModelSource,
  nearest,
  type Registry,
  type Renderer,
  type RendererOptions,
  type RendererSource,
  TinsmithError,
  type Tokenizer,
} from '@tinsmith/core';
import { findModel } from './registry.js';

export interface RendererChoice {
  readonly modelName: string;
  /** Default: what the model recommends. */
  readonly rendererName?: string | undefined;
  /** Take the named renderer even if the model was trained with another one. */
  readonly anyRenderer?: boolean | undefined;
}

export interface RendererRegistries {
  readonly models: Registry<ModelSource>;
  readonly renderers: Registry<RendererSource>;
}

/**
 * The named renderer if it fits the model, else the first of those that fit.
 * @throws RENDERER_UNKNOWN if nothing says which one to take, or if no plugin provides it.
 * @throws RENDERER_UNFIT if the model was trained with others, with their names.
 */
export async function chooseRenderer(
  choice: RendererChoice,
  registries: RendererRegistries,
): Promise<RendererSource> {
  return registries.renderers.get(await chooseRendererName(choice, registries));
}

/** Which one `chooseRenderer` takes; it throws the same and loads no renderer. */
export async function chooseRendererName(
  { modelName, rendererName, anyRenderer = false }: RendererChoice,
  { models, renderers }: RendererRegistries,
): Promise<string> {
  const fitting = await fittingRenderers(modelName, models);
  const name = rendererName ?? fitting?.[0];
  if (name === undefined) {
    throw new TinsmithError({
      code: 'RENDERER_UNKNOWN',
      message: `nothing says which chat format the model "${modelName}" speaks`,
      at: 'recipe.with.rendererName',
      found: fitting
        ? 'no option, and no recommendation'
        : 'no option, and neither a plugin nor the registry knows the model',
      fix: provided(renderers, 'rendererName: '),
    });
  }
  if (fitting && !fitting.includes(name) && !anyRenderer) {
    throw new TinsmithError({
      code: 'RENDERER_UNFIT',
      message: `the model "${modelName}" was not trained with the chat format "${name}"`,
      at: 'recipe.with.rendererName',
      found: `what fits: ${fitting.join(', ') || 'nothing'}`,
      fix: `${fitting[0] === undefined ? '' : `rendererName: ${fitting[0]}, or `}anyRenderer: true if it is meant`,
    });
  }
  if (!renderers.has(name)) {
    const near = nearest(name, renderers.names());
    throw new TinsmithError({
      code: 'RENDERER_UNKNOWN',
      message: `no plugin provides the renderer "${name}"`,
      at: 'recipe.with.rendererName',
      found: rendererName === undefined ? `the model "${modelName}" recommends it` : provided(renderers, ''),
      fix: near === undefined ? provided(renderers, 'rendererName: ') : `rendererName: ${near}`,
    });
  }
  return name;
}

/** As `chooseRenderer`, made for the tokenizer of the model. */
export async function openRenderer(
  choice: RendererChoice,
  registries: RendererRegistries,
  { tokenizer, ...options }: RendererOptions & { readonly tokenizer: Tokenizer },
): Promise<Renderer> {
  return (await chooseRenderer(choice, registries)).create(tokenizer, options);
}

/** As `openRenderer`, for a command: what is wrong with the choice is said of its flags, `--renderer` and `--any-renderer`. */
export async function openRendererByFlags(...given: Parameters<typeof openRenderer>): Promise<Renderer> {
  try {
    return await openRenderer(...given);
  } catch (error) {
    if (!TinsmithError.is(error) || error.at !== 'recipe.with.rendererName') throw error;
    const fix = error.fix
      ?.replace('rendererName: ', '--renderer ')
      .replace('anyRenderer: true', '--any-renderer');
    throw amend(error, { at: '--renderer', fix });
  }
}

/** Undefined if nothing is known about the model. */
async function fittingRenderers(
  modelName: string,
  models: Registry<ModelSource>,
): Promise<readonly string[] | undefined> {
  if (models.has(modelName)) return (await models.get(modelName)).renderers;
  return findModel(modelName)?.renderers;
}

function provided(renderers: Registry<RendererSource>, label: string): string {
  const names = renderers.names();
  return names.length > 0
    ? `${label}${names.join(', ')}`
    : 'add a plugin with renderers, e.g. @tinsmith/renderers-chat';
}
