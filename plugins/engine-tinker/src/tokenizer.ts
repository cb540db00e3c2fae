/** The tokenizer that belongs to a base model of the service, which sends none itself. */
import { amend, type ModelSource, type Registry, TinsmithError, type Tokenizer } from '@tinsmith/core';
import { tokenizerIdOf } from '@tinsmith/tinker';

export interface TokenizerPlaces {
  /** Base model to hub id or folder: goes before everything else. */
  readonly tokenizers: Readonly<Record<string, string>>;
  /** Models of plugins, whose folders have a tokenizer. */
  readonly models: Pick<Registry<ModelSource>, 'has' | 'get'>;
}

/** @throws TOKENIZER_NOT_FOUND, and those of the hub */
export async function tokenizerFor(
  baseModel: string,
  { tokenizers, models }: TokenizerPlaces,
): Promise<Tokenizer> {
  const { loadTokenizer } = await import('@tinsmith/tokenizers');
  const chosen = Object.hasOwn(tokenizers, baseModel) ? tokenizers[baseModel] : undefined;
  const provided = models.has(baseModel) ? (await models.get(baseModel)).folder : undefined;
  const source = chosen ?? provided ?? tokenizerIdOf({ baseModel });
  const fix = `tokenizers: { '${baseModel}': FOLDER_OR_HUB_ID } in the options of @tinsmith/engine-tinker`;
  try {
    return await loadTokenizer(source);
  } catch (error) {
    if (TinsmithError.is(error))
      throw amend(error, { fix: `${error.fix ?? 'try again'}; or ${fix}`, cause: error });
    throw new TinsmithError({
      code: 'TOKENIZER_NOT_FOUND',
      plugin: '@tinsmith/engine-tinker',
      message: `there is no tokenizer for ${baseModel}`,
      found: error instanceof Error ? error.message : String(error),
      fix,
      cause: error,
    });
  }
}
