/** What each kind of tokenizer row checks. A check returns what differs, undefined if nothing does. */
import { createStreamDecoder, type EncodeOptions, type Tokenizer } from '@tinsmith/tokenizers';
import { differs } from './renderer-checks.ts';
import type { TokenizerRow } from './rows.ts';

type Check = (row: TokenizerRow, tokenizer: Tokenizer) => string | undefined;

export const tokenizerChecks: Readonly<Record<string, Check>> = {
  info: (row, tokenizer) =>
    differs(
      [tokenizer.vocabSize, tokenizer.bosTokenId ?? null, tokenizer.eosTokenId ?? null],
      [row.vocab_size_with_added, row.bos_id, row.eos_id],
    ),

  tokens: (row, tokenizer) =>
    differs(
      row.ids.map(id => tokenizer.piece(id) ?? null),
      row.tokens,
    ),

  encode(row, tokenizer) {
    const { ids, ids_with_special: surrounded = ids, ids_plain: plain = ids } = row;
    const without = row.without_quirk ?? {};
    const encoding = (
      options: EncodeOptions,
      expected: readonly number[],
      other: readonly number[] | undefined,
    ) => {
      const encoded = tokenizer.encode(row.text, options);
      return other && !differs(encoded, other) ? undefined : differs(encoded, expected);
    };
    return (
      encoding({ specialTokens: true }, ids, without.ids) ??
      encoding(
        { specialTokens: true, surround: true },
        surrounded,
        without.ids_with_special ?? without.ids,
      ) ??
      encoding({}, plain, without.ids_plain ?? without.ids) ??
      differs(tokenizer.decode(ids), row.decoded ?? row.text) ??
      (row.decoded_skip_special === undefined
        ? undefined
        : differs(tokenizer.decode(ids, { skipSpecialTokens: true }), row.decoded_skip_special))
    );
  },

  decode: (row, tokenizer) =>
    differs(tokenizer.decode(row.ids), row.text) ??
    differs(tokenizer.decode(row.ids, { skipSpecialTokens: true }), row.text_skip_special ?? row.text),

  stream_decode(row, tokenizer) {
    const stream = createStreamDecoder(tokenizer, { inContext: false });
    const pieces = row.ids.map(id => stream.push(id) ?? null);
    return differs({ pieces, flush: stream.flush() }, { pieces: row.pieces, flush: row.flush });
  },

  encode_error(row, tokenizer) {
    try {
      return `must be refused, gave ${JSON.stringify(tokenizer.encode(row.text))}`;
    } catch {
      return undefined;
    }
  },
};
