/**
 * A renderer against the model's own template, token for token: shows where the first difference is. Not every difference is a
 * fault: renderers follow the reference, which differs from some templates on purpose.
 */
import { inputTokens, type Message, type Renderer, type Tokenizer } from '@tinsmith/core';
import { parseChatTemplate } from './chat-template.js';

export interface TemplateComparison {
  readonly agrees: boolean;
  /** Tokens of both; equal in front of the first difference. */
  readonly ours: readonly number[];
  readonly template: readonly number[];
  /** Index of the first token that differs, or that only one of them has; undefined if they agree. */
  readonly firstDifference?: number;
  /** The template writes a newline after the last turn, which is not compared. */
  readonly finalNewlineDropped: boolean;
}

export interface ComparisonRequest {
  readonly renderer: Renderer;
  readonly tokenizer: Tokenizer;
  readonly chatTemplate: string;
  readonly messages: readonly Message[];
  /** A prompt for the next turn, or the conversation as an example to train on. */
  readonly as: 'prompt' | 'example';
  /** Variables of the template. Default: `enable_thinking: false` if the renderer disables thinking. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** @throws CHAT_TEMPLATE_INVALID, CHAT_TEMPLATE_FAILED */
export function compareWithTemplate(request: ComparisonRequest): TemplateComparison {
  const { renderer, tokenizer, messages, as } = request;
  const isPrompt = as === 'prompt';
  const ours = isPrompt
    ? inputTokens(renderer.buildGenerationPrompt(messages))
    : renderer.buildSupervisedExample(messages, 'all_tokens').tokens;

  const text = renderTemplate(request);
  const encoded = tokenizer.encode(text, { specialTokens: true });
  const newline = tokenizer.encode('\n').at(-1);
  const drops = !isPrompt && encoded.at(-1) === newline && ours.at(-1) !== newline && text.endsWith('\n');
  const template = drops ? encoded.slice(0, -1) : encoded;

  const length = Math.max(ours.length, template.length);
  let index = 0;
  while (index < length && ours[index] === template[index]) index++;
  return {
    agrees: index === length,
    ours,
    template,
    ...(index < length && { firstDifference: index }),
    finalNewlineDropped: drops,
  };
}

function renderTemplate({
  renderer,
  tokenizer,
  chatTemplate,
  messages,
  as,
  variables,
}: ComparisonRequest): string {
  const piece = (token: number | undefined) => (token === undefined ? undefined : tokenizer.decode([token]));
  const template = parseChatTemplate(chatTemplate, {
    beginToken: piece(tokenizer.bosTokenId),
    endToken: piece(tokenizer.eosTokenId),
  });
  return template.render(
    messages.map(message => renderer.toOpenAiMessage(message)),
    {
      addGenerationPrompt: as === 'prompt',
      variables: { ...(renderer.disablesThinking && { enable_thinking: false }), ...variables },
    },
  );
}
