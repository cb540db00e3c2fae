/** Text to token ids and back. Engines know only ids; renderers and environments use this. */
export interface Tokenizer {
  readonly vocabSize: number;
  readonly bosTokenId: number | undefined;
  readonly eosTokenId: number | undefined;
  /** The model's own chat template (Jinja), if it has one. */
  readonly chatTemplate?: string | undefined;
  /** Tokens that are no text: begin, end, roles. Undefined if they are not known. */
  readonly specialTokenIds?: ReadonlySet<number>;
  /**
   * Plain text: special-looking text inside it stays text, nothing is added in front or behind. Pieces that the model's
   * tokenizer adds without calling them special (`<think>` of Qwen3) become their ids, unless `addedTokens` is false; with
   * `specialTokens`, special ones become theirs too.
   */
  encode(
    text: string,
    options?: { readonly addedTokens?: boolean; readonly specialTokens?: boolean },
  ): number[];
  /** Special pieces are shown as their text. */
  decode(tokens: readonly number[]): string;
  /** The id of a piece such as `<|im_end|>`, if the vocabulary has it. */
  tokenId(piece: string): number | undefined;
}
