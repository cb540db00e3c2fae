/**
 * `qwen3_instruct`: Qwen3's chat format without thinking, for plain text (cookbook-algorithms, section 17).
 *
 *     <|im_start|>user⏎What is 4 + 5?<|im_end|>⏎<|im_start|>assistant⏎9<|im_end|>
 *
 * Header and content are encoded apart, because merges across their border would give other tokens. The two
 * control tokens are put in by id; the same letters inside a text stay text, so that nobody can end a turn by
 * writing them. The rendering of a conversation is a prefix of the rendering of any longer one.
 */
import {
  type Message,
  modelInput,
  type ParsedResponse,
  type Renderer,
  TinsmithError,
  type Tokenizer,
  type TrainOnWhat,
} from '@tinsmith/core';
import { checkMessages } from './messages.js';

const NAME = 'qwen3_instruct';

/** Throws RENDERER_TOKEN_MISSING for a tokenizer without the format's two control tokens. */
export function createQwen3Instruct(tokenizer: Tokenizer): Renderer {
  const startToken = requireToken(tokenizer, '<|im_start|>');
  const endToken = requireToken(tokenizer, '<|im_end|>');

  function header(role: string, index: number): number[] {
    const separator = index === 0 ? [] : tokenizer.encode('\n');
    return [...separator, startToken, ...tokenizer.encode(`${role}\n`)];
  }

  /** What the speaker of a message says: its text, then the token that ends the turn. */
  const output = ({ content }: Message) => [...tokenizer.encode(content), endToken];

  return {
    name: NAME,
    stopSequences: [endToken],

    buildGenerationPrompt(messages, { role = 'assistant', prefill = '' } = {}) {
      checkMessages(messages);
      const history = messages.flatMap((message, index) => [
        ...header(message.role, index),
        ...output(message),
      ]);
      return modelInput([...history, ...header(role, messages.length), ...tokenizer.encode(prefill)]);
    },

    buildSupervisedExample(messages, trainOnWhat) {
      checkMessages(messages);
      const isTarget = targetsOf(messages, trainOnWhat);
      const parts = messages.flatMap((message, index) => [
        { tokens: header(message.role, index), weight: 0 },
        { tokens: output(message), weight: isTarget(message, index) ? 1 : 0 },
      ]);
      return {
        tokens: parts.flatMap(part => part.tokens),
        weights: parts.flatMap(part => part.tokens.map(() => part.weight)),
      };
    },

    parseResponse(tokens): ParsedResponse {
      const end = tokens.indexOf(endToken);
      if (end === -1) {
        return {
          message: { role: 'assistant', content: tokenizer.decode(tokens) },
          termination: 'malformed',
        };
      }
      if (tokens.includes(endToken, end + 1)) {
        throw new TinsmithError({
          code: 'RENDERER_RESPONSE_INVALID',
          message: 'the response goes on after the token that ends a turn, and ends again',
          found: tokenizer.decode(tokens),
          fix: 'pass `stopSequences` of the renderer as `stop` when you sample',
        });
      }
      const content = tokenizer.decode(tokens.slice(0, end));
      return { message: { role: 'assistant', content }, termination: 'stop_sequence' };
    },
  };
}

/**
 * Whether a message is trained on. A conversation whose last message is not the assistant's has no last one
 * to train on.
 */
function targetsOf(
  messages: readonly Message[],
  trainOnWhat: TrainOnWhat,
): (message: Message, index: number) => boolean {
  switch (trainOnWhat) {
    case 'all_assistant_messages':
      return ({ role }) => role === 'assistant';
    case 'last_assistant_message':
      return ({ role }, index) => role === 'assistant' && index === messages.length - 1;
    default:
      throw new TinsmithError({
        code: 'RENDERER_TARGET_UNKNOWN',
        message: `${NAME} cannot train on "${String(trainOnWhat)}"`,
        fix: 'last_assistant_message or all_assistant_messages',
      });
  }
}

function requireToken(tokenizer: Tokenizer, piece: string): number {
  const token = tokenizer.tokenId(piece);
  if (token !== undefined) return token;
  throw new TinsmithError({
    code: 'RENDERER_TOKEN_MISSING',
    message: `the renderer ${NAME} does not fit this model: its tokenizer has no ${piece}`,
    found: `a vocabulary of ${tokenizer.vocabSize} without it`,
    fix: 'choose the renderer that the model was trained with',
  });
}
