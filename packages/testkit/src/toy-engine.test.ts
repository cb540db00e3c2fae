import { expect, test } from 'vitest';
import { engineConformance } from './conformance/engine.js';
import { toyEngine } from './toy-engine.js';
import { toyTokenizer } from './toy-tokenizer.js';

engineConformance({
  plugins: [toyEngine()],
  engine: 'toy',
  baseModel: 'toy',
  tokens: toyTokenizer.encode('what is 4+5?'),
});

test('the toy tokenizer gives back what it was given', () => {
  const text = 'What is 4 + 5?\n';
  expect(toyTokenizer.decode(toyTokenizer.encode(text))).toBe(text);
});
