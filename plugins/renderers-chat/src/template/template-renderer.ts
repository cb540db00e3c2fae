/**
 * `template`: a model's own chat template as a renderer, for models that no renderer is written for. A fallback, and called so:
 * it has to be named. It renders and finds what to train on by comparing the template with and without the last turn; it knows
 * nothing of thoughts and tools in what a model says, and reads everything up to the end token as text. A conversation whose
 * content holds control tokens is refused, because a template cannot tell them from its own.
 */
import {
  type Message,
  modelInput,
  type Renderer,
  type RendererOptions,
  type SupervisedExample,
  textOf,
  TinsmithError,
  type Tokenizer,
  type TrainOnWhat,
} from '@tinsmith/core';
import { checkMessages, isAssistant, refuse } from '../contract/messages.js';
import { toOpenAiMessage } from '../contract/openai.js';
import { cutOff, splitAtStop } from '../contract/parse.js';
import { parseChatTemplate } from './chat-template.js';

const NAME = 'template';

/** @throws CHAT_TEMPLATE_MISSING if the tokenizer has no template or no end token. */
export function createTemplateRenderer(tokenizer: Tokenizer, options: RendererOptions = {}): Renderer {
  const { chatTemplate, eosTokenId, bosTokenId } = tokenizer;
  if (chatTemplate === undefined || eosTokenId === undefined) {
    throw new TinsmithError({
      code: 'CHAT_TEMPLATE_MISSING',
      message: `the renderer ${NAME} needs the model's own chat template and end token`,
      found:
        chatTemplate === undefined
          ? 'a tokenizer without a chat template'
          : 'a tokenizer without an end token',
      fix: 'name a renderer; base models take role_colon',
    });
  }
  const template = parseChatTemplate(chatTemplate, {
    beginToken: bosTokenId === undefined ? undefined : tokenizer.decode([bosTokenId]),
    endToken: tokenizer.decode([eosTokenId]),
  });
  options.onWarning?.(
    `${NAME}: rendering with the model's own template; thoughts and tool calls are not read from answers`,
  );

  const render = (messages: readonly Message[], addGenerationPrompt: boolean) =>
    tokenizer.encode(
      template.render(
        messages.map(message => renderer.toOpenAiMessage(message)),
        { addGenerationPrompt },
      ),
      { specialTokens: true },
    );

  function check(messages: readonly Message[]): void {
    checkMessages(messages);
    messages.forEach((message, index) => {
      const found = tokenizer
        .encode(textOf(message), { specialTokens: true })
        .find(token => isControl(tokenizer, token));
      if (found !== undefined)
        refuse(`messages[${index}].content`, 'the text holds a control token', tokenizer.decode([found]));
    });
  }

  /** Trains what comes after the prompt for the last message. */
  function lastTurn(messages: readonly Message[]): SupervisedExample {
    const last = messages.at(-1);
    const tokens = upToEnd(render(messages, false), eosTokenId!);
    if (!last || !isAssistant(last)) return { tokens, weights: tokens.map(() => 0) };
    const prompt = render(messages.slice(0, -1), true);
    if (!prompt.every((token, index) => tokens[index] === token)) {
      throw new TinsmithError({
        code: 'CHAT_TEMPLATE_UNSPLITTABLE',
        message:
          "in the model's template the prompt is not the beginning of the rendered turn, so it cannot be seen what to train",
        at: `messages[${messages.length - 1}]`,
        fix: 'name one of the renderers that fit the model',
      });
    }
    return { tokens, weights: tokens.map((_, index) => (index < prompt.length ? 0 : 1)) };
  }

  function requireMode(trainOnWhat: TrainOnWhat, allowed: readonly TrainOnWhat[]): void {
    if (allowed.includes(trainOnWhat)) return;
    throw new TinsmithError({
      code: 'RENDERER_TARGET_UNSUPPORTED',
      message: `${NAME} cannot train on "${trainOnWhat}"`,
      fix: allowed.join(' or '),
    });
  }

  const renderer: Renderer = {
    name: NAME,
    stopSequences: [eosTokenId],
    hasExtensionProperty: false,
    disablesThinking: false,

    buildGenerationPrompt(messages, { role = 'assistant', prefill = '' } = {}) {
      check(messages);
      if (role !== 'assistant') refuse('role', 'a template prompts the assistant only', role);
      return modelInput([...render(messages, true), ...tokenizer.encode(prefill)]);
    },
    buildSupervisedExample(messages, trainOnWhat) {
      check(messages);
      requireMode(trainOnWhat, ['last_assistant_message']);
      return lastTurn(messages);
    },
    buildSupervisedExamples(messages, trainOnWhat) {
      check(messages);
      requireMode(trainOnWhat, ['last_assistant_message', 'all_assistant_messages']);
      if (trainOnWhat === 'last_assistant_message') return [lastTurn(messages)];
      return messages.flatMap((message, index) =>
        isAssistant(message) ? [lastTurn(messages.slice(0, index + 1))] : [],
      );
    },

    parseResponse(tokens) {
      const decoder = { decode: tokenizer.decode.bind(tokenizer) };
      const { text, isEnded } = splitAtStop(tokens, eosTokenId, decoder);
      if (!isEnded) return cutOff(text);
      return { message: { role: 'assistant', content: text }, termination: 'stop_sequence' };
    },
    declareTools() {
      throw new TinsmithError({
        code: 'RENDERER_TOOLS_UNSUPPORTED',
        message: `${NAME} does not declare tools: it could not read the calls`,
        fix: 'name one of the renderers that fit the model',
      });
    },
    toOpenAiMessage: message => toOpenAiMessage(message, { thinking: 'reasoning_content' }),
  };
  return renderer;
}

const isControl = ({ specialTokenIds, eosTokenId, bosTokenId }: Tokenizer, token: number): boolean =>
  (specialTokenIds?.has(token) ?? false) || token === eosTokenId || token === bosTokenId;

/** Templates write a newline after a turn, which is not for the model to say. */
function upToEnd(tokens: readonly number[], end: number): number[] {
  const last = tokens.lastIndexOf(end);
  return last === -1 ? [...tokens] : tokens.slice(0, last + 1);
}
