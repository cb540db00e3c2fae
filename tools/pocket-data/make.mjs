#!/usr/bin/env node
/**
 * Writes what the presets for the pocket model learn from: sums of two numbers up to 100, as problems in the form of GSM8K
 * and as conversations with the right answer. The same bytes whenever it runs.
 *   node tools/pocket-data/make.mjs
 */
import { mkdirSync, writeFileSync } from 'node:fs';

const ROWS = 2048;

/** Lehmer's generator (Park and Miller 1988): the same numbers on every machine. */
let state = 1;
const draw = limit => (state = (state * 48_271) % 2_147_483_647) % limit;
const sums = Array.from({ length: ROWS }, () => [draw(101), draw(101)]);

const problem = ([x, y]) => ({ question: `What is ${x} + ${y}?`, answer: `#### ${x + y}` });
const conversation = ([x, y]) => ({
  messages: [
    { role: 'user', content: `What is ${x} + ${y}?` },
    { role: 'assistant', content: String(x + y) },
  ],
});

const files = {
  'recipe-rl-loop/data/sums.jsonl': problem,
  'recipe-rl-basic/data/sums.jsonl': problem,
  'recipe-sl-loop/data/chats.jsonl': conversation,
  'recipe-sl-basic/data/chats.jsonl': conversation,
};
for (const [name, toRow] of Object.entries(files)) {
  const file = new URL(`../../plugins/${name}`, import.meta.url);
  mkdirSync(new URL('.', file), { recursive: true });
  writeFileSync(file, sums.map(sum => `${JSON.stringify(toRow(sum))}\n`).join(''));
}
