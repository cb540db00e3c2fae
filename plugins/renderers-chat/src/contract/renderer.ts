/**
 * From a chat format to a renderer: the contract that all formats share (cookbook-algorithms, section 16). Knows nothing about
 * any one format.
 */
import {
  type Message,
  modelInput,
  type Renderer,
  type RendererOptions,
  type SupervisedExample,
  TinsmithError,
  type Tokenizer,
  type TrainOnWhat,
} from '@tinsmith/core';
import { createEncoder } from './encoder.js';
import { buildExamples } from './examples.js';
import type { ChatFormat, Decoder, FormatFactory, MessageContext, RenderedMessage } from './format.js';
import { fixedText, type Markup, nothing } from './markup.js';
import { checkMessages, checkTrainable, isAssistant } from './messages.js';
import { createResponseStream } from './stream.js';
import { isTrained } from './train-on-what.js';

/** A warning comes once, and a data set that is odd in every row does not fill the log. */
const MOST_WARNINGS = 20;

/** @throws RENDERER_TOKEN_MISSING if the tokenizer lacks a piece that the format needs. */
export function createRenderer(
  name: string,
  makeFormat: FormatFactory,
  tokenizer: Tokenizer,
  options: RendererOptions = {},
): Renderer {
  const format = makeFormat(options, tokenizer);
  const encoder = createEncoder(tokenizer, {
    name,
    controlTokens: format.controlTokens,
    ownSentences: format.ownSentences,
    controlTokensInContent: options.controlTokensInContent
      ? (format.controlTokensInContent ?? 'all')
      : undefined,
  });
  const warned = new Set<string>();
  const warn = (warning: string) => {
    if (!options.onWarning || warned.has(warning) || warned.size >= MOST_WARNINGS) return;
    warned.add(warning);
    options.onWarning(`${name}: ${warning}`);
  };
  const decoder: Decoder = {
    decode: tokens => tokenizer.decode(tokens),
    encode: written => encoder.encode(written),
    id: piece => encoder.id(piece),
    eosTokenId: tokenizer.eosTokenId,
  };
  const prepare = (messages: readonly Message[]) => format.prepare?.(messages, warn) ?? messages;
  const turnStart = (messages: readonly Message[]) => format.turnStart?.(messages) ?? afterLastUser(messages);

  function contexts(messages: readonly Message[], turnStartsAt: number, inserted: number): MessageContext[] {
    const lastUserIndex = messages.findLastIndex(({ role }) => role === 'user');
    return Array.from({ length: messages.length + 1 }, (_, index) => ({
      index,
      isLast: index >= messages.length - 1,
      previous: messages[index - 1],
      next: messages[index + 1],
      lastUserIndex,
      inLastTurn: index >= turnStartsAt,
      at: `messages[${Math.max(index - inserted, 0)}]`,
      warn,
    }));
  }

  function generationSuffix(role: string, context: MessageContext): Markup {
    return (
      format.generationSuffix?.(role, context) ?? format.renderMessage({ role, content: '' }, context).header
    );
  }

  /** @param prepared with the format's own messages in it */
  function promptTokens(
    prepared: readonly Message[],
    role: string,
    prefill: string,
    inserted: number,
  ): number[] {
    const places = contexts(prepared, turnStart(prepared), inserted);
    const rendered = prepared.map((message, index) => format.renderMessage(message, places[index]!));
    const given = fixedText((format.givenPrefill?.(prepared) ?? '') + prefill);
    return [
      format.begin ?? nothing,
      ...rendered.flatMap(({ header, output }) => [header, ...output]),
      generationSuffix(role, places[prepared.length]!),
      given,
    ].flatMap(part => encoder.encode(part));
  }

  function buildSupervisedExample(messages: readonly Message[], trainOnWhat: TrainOnWhat): SupervisedExample {
    checkMessages(messages);
    checkTrainable(messages, trainOnWhat === 'customized');
    const prepared = prepare(messages);
    const inserted = prepared.length - messages.length;
    const places = contexts(prepared, turnStart(prepared.slice(0, -1)), inserted);

    const tokens = encoder.encode(format.begin ?? nothing);
    const weights = tokens.map(() => 0);
    const append = (part: Markup, weight: number) => {
      const encoded = encoder.encode(part);
      for (const token of encoded) tokens.push(token);
      for (let count = encoded.length; count > 0; count--) weights.push(weight);
    };
    prepared.forEach((message, index) => {
      const place = places[index]!;
      const rendered: RenderedMessage = format.renderMessage(message, place);
      const weight = isTrained(message, place, trainOnWhat, name) ? 1 : 0;
      append(rendered.header, trainOnWhat === 'all_tokens' ? 1 : 0);
      for (const part of rendered.output) append(part, weight);
      if (place.isLast && rendered.stopOverlap) append(rendered.stopOverlap, weight);
    });

    const given = promptLength(prepared, trainOnWhat, tokens, inserted);
    return { tokens, weights: weights.map((weight, index) => (index < given ? 0 : weight)) };
  }

  /**
   * How many tokens of an example its prompt gives, which are not for the model to say. 0 if the mode trains more than the turn
   * that a prompt asks for, or if the prompt is no prefix of the example.
   */
  function promptLength(
    prepared: readonly Message[],
    trainOnWhat: TrainOnWhat,
    tokens: readonly number[],
    inserted: number,
  ): number {
    const boundary = {
      last_assistant_message: prepared.length - 1,
      last_assistant_turn: afterLastUser(prepared),
    }[trainOnWhat as string];
    const first = boundary === undefined ? undefined : prepared[boundary];
    if (!first || !isAssistant(first)) return 0;
    const prompt = promptTokens(prepared.slice(0, boundary), 'assistant', '', inserted);
    if (prompt.length <= tokens.length && prompt.every((token, index) => token === tokens[index]))
      return prompt.length;
    if (format.disablesThinking) {
      throw new TinsmithError({
        code: 'RENDERER_THINKING_DISABLED',
        message: `${name} tells the model not to think, and this turn thinks`,
        at: `messages[${boundary! - inserted}].content`,
        fix: 'take the renderer that thinks, or leave the thinking out of the turn',
      });
    }
    warn(
      'the prompt is not a prefix of the rendered turn, as in the template: the turn is trained as it is rendered',
    );
    return 0;
  }

  return {
    name,
    stopSequences: stopSequences(format, decoder),
    hasExtensionProperty: format.hasExtensionProperty,
    disablesThinking: format.disablesThinking ?? false,

    buildGenerationPrompt(messages, { role = 'assistant', prefill = '' } = {}) {
      checkMessages(messages);
      const prepared = prepare(messages);
      return modelInput(promptTokens(prepared, role, prefill, prepared.length - messages.length));
    },
    buildSupervisedExample,
    buildSupervisedExamples: (messages, trainOnWhat) =>
      buildExamples(messages, trainOnWhat, { name, format, build: buildSupervisedExample }),

    parseResponse: tokens => format.parse(tokens, decoder),
    ...(format.streaming && {
      streamResponse: () => createResponseStream(format.streaming!, decoder),
    }),

    declareTools(tools, systemPrompt = '') {
      if (format.declareTools) return format.declareTools(tools, systemPrompt);
      throw new TinsmithError({
        code: 'RENDERER_TOOLS_UNSUPPORTED',
        message: `${name} has no form for tools`,
        fix: 'choose a model whose chat format has tools',
      });
    },
    toOpenAiMessage: message => format.toOpenAiMessage(message),
  };
}

const afterLastUser = (messages: readonly Message[]) =>
  messages.findLastIndex(({ role }) => role === 'user') + 1;

function stopSequences({ stop }: ChatFormat, decoder: Decoder): number[] | readonly string[] {
  return 'texts' in stop ? stop.texts : stop.map(piece => decoder.id(piece));
}
