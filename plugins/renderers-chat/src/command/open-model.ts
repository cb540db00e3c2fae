/** Tokenizer and renderer for a model that a command line names. Weights are not looked at. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  messageOf,
  type ModelSource,
  type Registry,
  type Renderer,
  type RendererSource,
  TinsmithError,
} from '@tinsmith/core';
import { loadTokenizer, type Tokenizer } from '@tinsmith/tokenizers';
import { openRendererByFlags } from '@tinsmith/training';
import type { ModelRequest } from './request.js';

export interface Registries {
  readonly models: Registry<ModelSource>;
  readonly renderers: Registry<RendererSource>;
}

export interface OpenedModel {
  readonly tokenizer: Tokenizer;
  readonly renderer: Renderer;
}

/** @throws TOKENIZER_UNREADABLE, RENDERER_UNKNOWN, RENDERER_UNFIT, RENDERER_TOKEN_MISSING, and those of the hub */
export async function openModel(
  { model, tokenizer: named, renderer: rendererName, anyRenderer }: ModelRequest,
  registries: Registries,
  { cwd, onWarning }: { readonly cwd: string; readonly onWarning: (warning: string) => void },
): Promise<OpenedModel> {
  const source = named ?? (await provided(model, registries.models)) ?? model;
  const tokenizer = await openTokenizer(source, cwd, named === undefined ? '--model' : '--tokenizer');
  const choice = { modelName: model, rendererName, anyRenderer };
  return { tokenizer, renderer: await openRendererByFlags(choice, registries, { tokenizer, onWarning }) };
}

async function provided(model: string, models: Registry<ModelSource>): Promise<string | undefined> {
  return models.has(model) ? (await models.get(model)).folder : undefined;
}

async function openTokenizer(source: string, cwd: string, flag: string): Promise<Tokenizer> {
  const path = resolve(cwd, source);
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  try {
    return await loadTokenizer(isFolder ? path : source);
  } catch (cause) {
    if (TinsmithError.is(cause)) throw cause;
    throw new TinsmithError({
      code: 'TOKENIZER_UNREADABLE',
      message: `the tokenizer of "${source}" cannot be loaded`,
      at: flag,
      found: messageOf(cause),
      fix: 'a model of a plugin, a folder with tokenizer.json, or a hub id such as Qwen/Qwen3-8B',
      cause,
    });
  }
}
