import type { ModelInput } from '@tinsmith/core';

/** Tokens of an input, for counting: an image whose length only the service knows counts as none. */
export const inputSize = ({ chunks }: ModelInput): number =>
  chunks.reduce(
    (size, chunk) =>
      size + (chunk.type === 'encoded_text' ? chunk.tokens.length : (chunk.expectedTokens ?? 0)),
    0,
  );
