import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createTokenizer, loadTokenizer } from './index.js';

const fixtures = fileURLToPath(new URL('../../../fixtures/', import.meta.url));
const golden = process.env['TINSMITH_GOLDEN'] ?? `${fixtures}golden`;
const models = readdirSync(`${fixtures}models`, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(entry => entry.name);

/** A line of the tokenizer vectors, made with the Rust implementation. */
interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly text: string;
  readonly ids: number[];
  /** If encoding with special tokens as ordinary text differs from `ids`. */
  readonly ids_plain?: number[];
  /** If decoding does not give the text back. */
  readonly decoded?: string;
  readonly bos_id: number;
  readonly eos_id: number;
  readonly vocab_size_with_added: number;
}

function readVectors(model: string, kind: string): Vector[] {
  const lines = gunzipSync(readFileSync(`${golden}/renderers/tokenizers/${model}.jsonl.gz`))
    .toString('utf8')
    .split('\n');
  return lines
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Vector)
    .filter(vector => vector.kind === kind);
}

interface Reference {
  readonly tokenizer_examples: readonly { readonly text: string; readonly ids: readonly number[] }[];
}

test('there are tokenizers to check', () => expect(models.length).toBeGreaterThan(0));

describe.each(models)('%s', model => {
  const load = () => loadTokenizer(`${fixtures}models/${model}`);

  test('encodes the examples of the reference, without the begin token', async () => {
    const tokenizer = await load();
    const { tokenizer_examples: examples } = JSON.parse(
      readFileSync(`${fixtures}models/${model}/reference.json`, 'utf8'),
    ) as Reference;
    for (const { text, ids } of examples) {
      const own = tokenizer.encode(text, { specialTokens: true });
      const hasBegin = ids.length === own.length + 1 && ids[0] === tokenizer.bosTokenId;
      expect(own).toEqual(hasBegin ? ids.slice(1) : ids);
    }
  });

  test('a control token is found by its piece, and shown as its text', async () => {
    const tokenizer = await load();
    const end = tokenizer.eosTokenId!;
    const piece = tokenizer.decode([end]);
    expect(tokenizer.tokenId(piece)).toBe(end);
    expect(tokenizer.encode(piece)).not.toContain(end);
    expect(tokenizer.tokenId('no such piece')).toBeUndefined();
  });

  test('refuses half a character', async () => {
    const tokenizer = await load();
    expect(() => tokenizer.encode('a\uD800b')).toThrow(/lone surrogate/);
  });
});

/** The vectors are part of the renderers' golden set; not every checkout of it has all tokenizers. */
const withVectors = models.filter(model => existsSync(`${golden}/renderers/tokenizers/${model}.jsonl.gz`));

describe.each(withVectors)('%s against the vectors', model => {
  const load = () => loadTokenizer(`${fixtures}models/${model}`);

  test('gives the reference ids of plain text', async () => {
    const tokenizer = await load();
    const vectors = readVectors(model, 'encode');
    expect(vectors.length).toBeGreaterThan(0);
    for (const { id, text, ids, ids_plain } of vectors) {
      expect({ id, ids: tokenizer.encode(text) }).toEqual({ id, ids: ids_plain ?? ids });
    }
  });

  test('decodes as the reference does, broken UTF-8 included', async () => {
    const tokenizer = await load();
    for (const { id, text, ids, decoded } of readVectors(model, 'encode')) {
      expect({ id, text: tokenizer.decode(ids) }).toEqual({ id, text: decoded ?? text });
    }
    for (const { id, ids, text } of readVectors(model, 'decode')) {
      expect({ id, text: tokenizer.decode(ids) }).toEqual({ id, text });
    }
  });

  test('knows the begin and end token and the size of the vocabulary', async () => {
    const tokenizer = await load();
    const [info] = readVectors(model, 'info');
    expect(tokenizer.bosTokenId).toBe(info!.bos_id);
    expect(tokenizer.eosTokenId).toBe(info!.eos_id);
    expect(tokenizer.vocabSize).toBe(info!.vocab_size_with_added);
  });
});

test('ids without a piece are left out', async () => {
  const tokenizer = await loadTokenizer(`${fixtures}models/${models[0]}`);
  const ids = tokenizer.encode('a story');
  expect(tokenizer.decode([...ids, tokenizer.vocabSize + 5])).toBe(tokenizer.decode(ids));
});

test('a folder without a tokenizer is named', async () => {
  await expect(loadTokenizer(`${fixtures}no-such-folder`)).rejects.toThrow(
    /no tokenizer in .*no-such-folder/,
  );
});

test('begin and end tokens may be given as objects, or not at all', () => {
  const file = JSON.parse(readFileSync(`${fixtures}models/${models[0]}/tokenizer.json`, 'utf8')) as object;
  const piece = createTokenizer(file).decode([1]);
  expect(createTokenizer(file, { bos_token: { content: piece } }).bosTokenId).toBe(1);
  expect(createTokenizer(file).bosTokenId).toBeUndefined();
});
