/** The renderer that the model is trained with. */
import type { Renderer, Tokenizer } from '@tinsmith/core';
import { createChatRenderer } from '@tinsmith/renderers-chat/library';

export const createRenderer = (tokenizer: Tokenizer): Renderer =>
  createChatRenderer('qwen3_instruct', tokenizer);
