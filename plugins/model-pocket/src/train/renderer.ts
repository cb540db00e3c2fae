/** The renderer that the model is trained with, from the plugin that has it. */
import { type Renderer, Renderers } from '@tinsmith/core';
import { Kernel } from '@tinsmith/core/kernel';
import renderersChat from '@tinsmith/renderers-chat';
import type { Tokenizer } from '@tinsmith/tokenizers';

export async function createRenderer(tokenizer: Tokenizer): Promise<Renderer> {
  await using kernel = await Kernel.boot([renderersChat()]);
  const source = await kernel.get(Renderers, 'qwen3_instruct');
  return source.create(tokenizer);
}
