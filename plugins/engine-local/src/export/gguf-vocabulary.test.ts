import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadTokenizer } from '@tinsmith/tokenizers';
import { expect, onTestFinished, test } from 'vitest';
import { createGguf } from '../weights/gguf/gguf-writer.js';
import { loadModelTokenizer } from '../weights/model-tokenizer.js';
import { ggufVocabulary } from './gguf-vocabulary.js';
import { tokenizerFiles } from './side-files.js';

const models = fileURLToPath(new URL('../../../../fixtures/models/', import.meta.url));

function vocabularyFile(model: string, size: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'vocabulary.gguf');
  const source = join(models, model);
  const writer = createGguf(path, ggufVocabulary(tokenizerFiles(source)!, size, source), []);
  writer.finish();
  writer.close();
  return path;
}

const texts = [
  'Once upon a time, there was a little girl named Lily.',
  '  two  spaces,\nnewlines\n\n and\ttabs ',
  'In 2024, 1234 + 5678 = 6912. Ça coûte 3 €, 日本語 and 🜁.',
  "I'm sure they'll've said it's DON'T",
  '',
];

test.each([
  ['stories260K', 512],
  ['smollm2-135m', 49152],
])('%s: the tokenizer comes back out of a GGUF file with the same ids', async (model, size) => {
  const original = await loadTokenizer(join(models, model));
  const found = await loadModelTokenizer(vocabularyFile(model, size));
  for (const text of texts) {
    const ids = original.encode(text);
    expect(found.encode(text)).toEqual(ids);
    expect(found.decode(ids)).toBe(original.decode(ids));
  }
  expect([found.bosTokenId, found.eosTokenId]).toEqual([original.bosTokenId, original.eosTokenId]);
});

test('rows of the embedding table without a piece are filled up', async () => {
  const found = await loadModelTokenizer(vocabularyFile('stories260K', 520));
  expect(found.tokenId('[PAD519]')).toBe(519);
});

test.each<[string, string, number, RegExp]>([
  ['bytes without a piece', 'TinyStories-656K', 2048, /every byte/],
  ['more pieces than rows', 'stories260K', 500, /512 pieces for 500 rows/],
])('is refused: %s', (_, model, size, found) => {
  expect(() => vocabularyFile(model, size)).toThrow(
    expect.objectContaining({ code: 'TOKENIZER_UNSUPPORTED', found: expect.stringMatching(found) as string }),
  );
});

test('is refused: a way of cutting text that llama.cpp has no name for', () => {
  const source = join(models, 'smollm2-135m');
  const tokenizer = JSON.parse(readFileSync(join(source, 'tokenizer.json'), 'utf8')) as object;
  const files = { tokenizer: { ...tokenizer, pre_tokenizer: { type: 'Whitespace' } }, config: {} };
  expect(() => ggufVocabulary(files, 49152, source)).toThrow(
    expect.objectContaining({
      code: 'TOKENIZER_UNSUPPORTED',
      found: expect.stringMatching(/Whitespace/) as string,
    }),
  );
});
