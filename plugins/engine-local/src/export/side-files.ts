/** What lies beside a model's weights and goes with them: the tokenizer and the generation settings. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withGguf } from '../weights/gguf/gguf-model.js';
import { type TokenizerFiles, tokenizerOfGguf } from '../weights/gguf/gguf-tokenizer.js';
import { readJson } from '../weights/model-folder.js';
import { tokenizerFolder } from '../weights/model-tokenizer.js';

const names = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'generation_config.json',
  'chat_template.jinja',
  'vocab.json',
  'merges.txt',
  'tokenizer.model',
];

/** Name to content. Of a GGUF file without tokenizer.json beside it: its tokenizer in that form. */
export function sideFiles(path: string): ReadonlyMap<string, string | Uint8Array> {
  const folder = tokenizerFolder(path);
  if (folder !== undefined) {
    const present = names.filter(name => existsSync(join(folder, name)));
    return new Map(present.map(name => [name, readFileSync(join(folder, name))]));
  }
  const { tokenizer, config } = withGguf(path, tokenizerOfGguf);
  return new Map([
    ['tokenizer.json', JSON.stringify(tokenizer)],
    ['tokenizer_config.json', JSON.stringify(config, undefined, 2)],
  ]);
}

/** undefined if the model has no tokenizer. */
export function tokenizerFiles(path: string): TokenizerFiles | undefined {
  const folder = tokenizerFolder(path);
  if (folder === undefined) return withGguf(path, tokenizerOfGguf);
  if (!existsSync(join(folder, 'tokenizer.json'))) return undefined;
  const configFile = join(folder, 'tokenizer_config.json');
  const config = existsSync(configFile) ? readJson(configFile) : {};
  const template = join(folder, 'chat_template.jinja'); // where Transformers 5 keeps it
  return {
    tokenizer: readJson(join(folder, 'tokenizer.json')),
    config: existsSync(template) ? { ...config, chat_template: readFileSync(template, 'utf8') } : config,
  };
}
