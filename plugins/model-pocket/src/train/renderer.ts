/** The renderer that the model is trained with, from the plugin that has it. */
import type { Renderer } from '@tinsmith/core';
import { createChatRenderer } from '@tinsmith/renderers-chat/library';
import type { Tokenizer } from '@tinsmith/tokenizers';

export const createRenderer = (tokenizer: Tokenizer): Renderer =>
  createChatRenderer('qwen3_instruct', tokenizer);
