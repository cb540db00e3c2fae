/** Whether a sequence of ids can be fed to a model. */
import { TinsmithError } from '@tinsmith/core';
import type { ModelInfo } from './worker/messages.js';

/**
 * @param at what the sequence is, for the message.
 * @throws {TinsmithError} INPUT_EMPTY, SEQUENCE_TOO_LONG, TOKEN_OUT_OF_RANGE
 */
export function checkTokens(tokens: readonly number[], model: ModelInfo, at: string): void {
  if (tokens.length === 0)
    throw new TinsmithError({ code: 'INPUT_EMPTY', message: 'there is no token in the input', at });
  if (tokens.length > model.maxTokens)
    throw new TinsmithError({
      code: 'SEQUENCE_TOO_LONG',
      message: 'the sequence is longer than the model can take',
      at,
      found: `${tokens.length} tokens, of at most ${model.maxTokens}`,
      fix: 'shorten it, or use a model with a longer context',
    });
  const index = tokens.findIndex(
    token => !Number.isInteger(token) || token < 0 || token >= model.vocabularySize,
  );
  if (index >= 0)
    throw new TinsmithError({
      code: 'TOKEN_OUT_OF_RANGE',
      message: 'the input holds what is no token of the model',
      at,
      found: `${tokens[index]} at ${index}, of ${model.vocabularySize} tokens`,
    });
}
