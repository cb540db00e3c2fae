/** A model's own chat template, run by `@huggingface/jinja`. Knows nothing about tokens or renderers. */
import { Template } from '@huggingface/jinja';
import { TinsmithError, type ToolDeclaration } from '@tinsmith/core';
import { replaceStripCalls, stripFunctions } from './strip-calls.js';

export interface ChatTemplate {
  /**
   * @param messages in the form of OpenAI's chat API
   * @throws CHAT_TEMPLATE_FAILED if the template refuses them.
   */
  render(messages: readonly object[], options: TemplateOptions): string;
}

export interface TemplateOptions {
  readonly addGenerationPrompt: boolean;
  readonly tools?: readonly ToolDeclaration[] | undefined;
  /** Further variables, e.g. `enable_thinking`. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

export interface TemplateTokens {
  readonly beginToken?: string | undefined;
  readonly endToken?: string | undefined;
}

/**
 * @param source of the template, as in `tokenizer_config.json`
 * @throws CHAT_TEMPLATE_INVALID if it is no Jinja that the library knows.
 */
export function parseChatTemplate(
  source: string,
  { beginToken, endToken }: TemplateTokens = {},
): ChatTemplate {
  let template: Template;
  try {
    template = new Template(source);
    replaceStripCalls(template.parsed);
  } catch (cause) {
    throw new TinsmithError({
      code: 'CHAT_TEMPLATE_INVALID',
      message: "the model's chat template cannot be read",
      found: cause instanceof Error ? cause.message : String(cause),
      fix: 'name one of the renderers that fit the model',
      cause,
    });
  }
  return {
    render(messages, { addGenerationPrompt, tools, variables }) {
      try {
        return template.render({
          ...stripFunctions,
          messages,
          add_generation_prompt: addGenerationPrompt,
          bos_token: beginToken ?? '',
          eos_token: endToken ?? '',
          ...(tools &&
            tools.length > 0 && { tools: tools.map(tool => ({ type: 'function', function: tool })) }),
          ...variables,
        });
      } catch (cause) {
        throw new TinsmithError({
          code: 'CHAT_TEMPLATE_FAILED',
          message: "the model's chat template refuses the conversation",
          found: cause instanceof Error ? cause.message : String(cause),
          cause,
        });
      }
    },
  };
}
