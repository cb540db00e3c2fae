import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createStreamDecoder, loadTokenizer } from './index.js';

const folder = fileURLToPath(new URL('../../../fixtures/models/', import.meta.url));
const models = readdirSync(folder, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(entry => entry.name);

describe.each(models)('%s', model => {
  test('the parts together are the decoded text, and none ends inside a character', async () => {
    const tokenizer = await loadTokenizer(folder + model);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), text => {
        fc.pre(!text.includes('\uFFFD'));
        const ids = tokenizer.encode(text);
        fc.pre(!tokenizer.decode(ids).includes('\uFFFD'));
        const stream = createStreamDecoder(tokenizer);
        const parts = ids.flatMap(id => stream.push(id) ?? []);
        expect(parts.filter(part => part.includes('\uFFFD'))).toEqual([]);
        expect(parts.join('') + stream.flush()).toBe(tokenizer.decode(ids));
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  test('bytes that never become a character are shown at the end', async () => {
    const tokenizer = await loadTokenizer(folder + model);
    const stream = createStreamDecoder(tokenizer);
    const [first, ...others] = tokenizer.encode('日').slice(-3);
    if (others.length === 0) return; // one token for the whole character
    expect(stream.push(first!) ?? '').not.toContain('日');
    expect(stream.flush()).toMatch(/^\uFFFD*$/);
  });
});
