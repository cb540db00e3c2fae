import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LocalEngine } from '@tinsmith/engine-local/engine';
import { loadTokenizer } from '@tinsmith/tokenizers';
import { expect, test } from 'vitest';
import { evaluate, type Evaluation } from './evaluate.js';
import { createRenderer } from './renderer.js';

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

test('the packaged model can do what the committed evaluation says', async () => {
  await using engine = new LocalEngine({ threads: 1 });
  const renderer = createRenderer(await loadTokenizer(file('model')));
  const actual = await evaluate(await engine.createSamplingClient({ baseModel: file('model') }), renderer);

  const expected = JSON.parse(readFileSync(file('train/evaluation.json'), 'utf8')) as Evaluation;
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, { right, wellFormed }] of Object.entries(expected)) {
    // Other processors round differently, and a sample then goes another way; two thousand of them vary by 0.01.
    expect(Math.abs(actual[name]!.right - right), name).toBeLessThan(0.04);
    expect(Math.abs(actual[name]!.wellFormed - wellFormed), name).toBeLessThan(0.04);
  }
});
