/**
 * A conversation as the model sees it: every token with its id, its text and its weight. Knows nothing about files and
 * terminals; `text.ts` writes it.
 */
import {
  inputTokens,
  type Message,
  type Renderer,
  type SupervisedExample,
  TinsmithError,
  type Tokenizer,
  type TrainOnWhat,
} from '@tinsmith/core';
import { compareWithTemplate } from '../template/compare.js';

export interface TokenView {
  readonly id: number;
  /** Bytes that are no character on their own are shown as U+FFFD. */
  readonly text: string;
  readonly weight: number;
  /** A control token, not text. */
  readonly isSpecial: boolean;
  /** Behind the longest length: not trained. */
  readonly isCut: boolean;
}

export interface SequenceView {
  /** `prompt`, or `example 1` and so on. */
  readonly name: string;
  readonly tokens: readonly TokenView[];
  readonly counts: {
    readonly tokens: number;
    /** With a weight, after the cut. */
    readonly trained: number;
    readonly cut: number;
  };
}

export interface ConversationView {
  readonly renderer: string;
  readonly stopSequences: readonly (number | string)[];
  /** The stop sequences as text. */
  readonly stopTexts: readonly string[];
  readonly sequences: readonly SequenceView[];
  readonly warnings: readonly string[];
  readonly againstTemplate?: TemplateView;
}

export interface TemplateView {
  readonly agrees: boolean;
  readonly firstDifference?: number;
  /** Texts from a few tokens before the first difference on. */
  readonly ours?: string;
  readonly template?: string;
}

export interface ViewRequest {
  readonly renderer: Renderer;
  readonly tokenizer: Tokenizer;
  readonly messages: readonly Message[];
  /** `prompt`: the prompt for the next turn; a mode: the examples that it gives. */
  readonly as: 'prompt' | TrainOnWhat;
  readonly prefill?: string;
  /** Tokens beyond it are cut, as in training. */
  readonly maxLength?: number;
  /** Compare with the model's own template. It needs `chatTemplate` of the tokenizer or here. */
  readonly againstTemplate?: boolean;
  readonly chatTemplate?: string;
  /** What the renderer warned about, if the caller gathered it with `onWarning`. */
  readonly warnings?: readonly string[];
}

export function viewConversation(request: ViewRequest): ConversationView {
  const { renderer, tokenizer, messages, as, warnings = [] } = request;
  const stopSequences = [...renderer.stopSequences];
  return {
    renderer: renderer.name,
    stopSequences,
    stopTexts: stopSequences.map(stop => (typeof stop === 'number' ? tokenizer.decode([stop]) : stop)),
    sequences: sequencesOf(request).map(([name, example]) => viewSequence(name, example, request)),
    warnings,
    ...(request.againstTemplate && { againstTemplate: viewTemplate(request, messages, as) }),
  };
}

function sequencesOf({ renderer, messages, as, prefill = '' }: ViewRequest): [string, SupervisedExample][] {
  if (as !== 'prompt')
    return renderer
      .buildSupervisedExamples(messages, as)
      .map((example, index): [string, SupervisedExample] => [`example ${index + 1}`, example]);
  const tokens = inputTokens(renderer.buildGenerationPrompt(messages, { prefill }));
  return [['prompt', { tokens, weights: tokens.map(() => 0) }]];
}

function viewSequence(
  name: string,
  { tokens, weights }: SupervisedExample,
  { tokenizer, maxLength = Infinity }: ViewRequest,
): SequenceView {
  const views = tokens.map((id, index): TokenView => ({
    id,
    text: tokenizer.decode([id]),
    weight: weights[index]!,
    isSpecial: tokenizer.specialTokenIds?.has(id) ?? false,
    isCut: index >= maxLength,
  }));
  return {
    name,
    tokens: views,
    counts: {
      tokens: views.length,
      trained: views.filter(({ weight, isCut }) => weight > 0 && !isCut).length,
      cut: views.filter(({ isCut }) => isCut).length,
    },
  };
}

/** Tokens that are shown in front of a difference and behind it. */
const BEFORE = 8;
const BEHIND = 12;

function viewTemplate(
  request: ViewRequest,
  messages: readonly Message[],
  as: ViewRequest['as'],
): TemplateView {
  const { renderer, tokenizer, chatTemplate = tokenizer.chatTemplate } = request;
  if (chatTemplate === undefined) {
    throw new TinsmithError({
      code: 'CHAT_TEMPLATE_MISSING',
      message: 'the tokenizer has no chat template to compare with',
    });
  }
  const compared = compareWithTemplate({
    renderer,
    tokenizer,
    chatTemplate,
    messages: withoutFlags(messages),
    as: as === 'prompt' ? 'prompt' : 'example',
  });
  const { firstDifference } = compared;
  if (firstDifference === undefined) return { agrees: true };
  const around = (tokens: readonly number[]) =>
    tokenizer.decode(tokens.slice(Math.max(firstDifference - BEFORE, 0), firstDifference + BEHIND));
  return { agrees: false, firstDifference, ours: around(compared.ours), template: around(compared.template) };
}

/** `trainable` says what a mode trains, and is refused in others; a template does not know it. */
const withoutFlags = (messages: readonly Message[]): readonly Message[] =>
  messages.map(message => {
    const { trainable: _, ...rest } = message;
    return rest;
  });
