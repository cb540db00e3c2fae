/** The renderers without a plugin around them, for code that makes one directly. */
import { type Renderer, type RendererOptions, TinsmithError, type Tokenizer } from '@tinsmith/core';
import { createRenderer } from './contract/renderer.js';
import { formats } from './formats/index.js';
import { rendererNames } from './renderer-names.js';

/** @throws RENDERER_UNKNOWN, with the names there are; RENDERER_TOKEN_MISSING if the tokenizer is another model's. */
export function createChatRenderer(name: string, tokenizer: Tokenizer, options?: RendererOptions): Renderer {
  const format = formats[name];
  if (format) return createRenderer(name, format, tokenizer, options);
  throw new TinsmithError({
    code: 'RENDERER_UNKNOWN',
    message: `there is no renderer "${name}"`,
    found: rendererNames.join(', '),
  });
}
