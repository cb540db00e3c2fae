/** Text to token ids and back. Engines know only ids; renderers and environments use this. */
export interface Tokenizer {
  readonly vocabSize: number;
  readonly bosTokenId: number | undefined;
  readonly eosTokenId: number | undefined;
  /** Plain text: special-looking text inside it stays text, nothing is added in front or behind. */
  encode(text: string): number[];
  /** Special pieces are shown as their text. */
  decode(tokens: readonly number[]): string;
  /** The id of a piece such as `<|im_end|>`, if the vocabulary has it. */
  tokenId(piece: string): number | undefined;
}
