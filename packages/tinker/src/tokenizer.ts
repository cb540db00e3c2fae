/**
 * Which tokenizer belongs to a model (protocol, section 6.7). The tokenizer itself is the caller's: this package only
 * says which one.
 */
const LLAMA_3 = /^meta-llama\/Llama-3/;
/** The SDK's public mirror of a tokenizer that needs an account elsewhere. */
const LLAMA_3_MIRROR = 'thinkingmachineslabinc/meta-llama-3-instruct-tokenizer';

export interface TokenizerSource {
  readonly baseModel: string;
  readonly tokenizerId?: string | undefined;
}

/** A hub id: what the server says, else the base model without its variant. */
export function tokenizerIdOf({ baseModel, tokenizerId }: TokenizerSource): string {
  if (tokenizerId) return tokenizerId.split(':')[0]!;
  if (LLAMA_3.test(baseModel)) return LLAMA_3_MIRROR;
  const parts = baseModel.split('/');
  return (parts.length === 3 ? parts.slice(0, 2).join('/') : baseModel).split(':')[0]!;
}

export const loadTokenizer = async <T>(
  source: TokenizerSource,
  loader: (tokenizerId: string) => T | Promise<T>,
): Promise<T> => loader(tokenizerIdOf(source));
