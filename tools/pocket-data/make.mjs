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

/** Answers as sentences, which the model does not give by itself, twice: the second turn sees the first. */
const sentences = ([x, y]) => ({
  messages: [
    { role: 'user', content: `What is ${x} + ${y}?` },
    { role: 'assistant', content: `${x + y} it is.` },
    { role: 'user', content: `What is ${y} + ${x}?` },
    { role: 'assistant', content: `${x + y} again.` },
  ],
});
const learnt = sums.slice(0, 1536);
const isLearnt = ([x, y]) => learnt.some(([a, b]) => (a === x && b === y) || (a === y && b === x));
const heldOut = sums
  .slice(1536)
  .filter(sum => !isLearnt(sum))
  .slice(0, 128);
const sentence = sum => ({ messages: sentences(sum).messages.slice(0, 2) });

const files = {
  'recipe-rl-loop/data/sums.jsonl': [problem, sums],
  'recipe-rl-basic/data/sums.jsonl': [problem, sums],
  'recipe-sl-loop/data/chats.jsonl': [conversation, sums],
  'recipe-sl-basic/data/chats.jsonl': [conversation, sums],
  'recipe-chat-sl/data/sentences.jsonl': [sentences, learnt],
  'recipe-chat-sl/data/held-out.jsonl': [sentence, heldOut],
};
for (const [name, [toRow, pairs]] of Object.entries(files)) {
  const file = new URL(`../../plugins/${name}`, import.meta.url);
  mkdirSync(new URL('.', file), { recursive: true });
  writeFileSync(file, pairs.map(pair => `${JSON.stringify(toRow(pair))}\n`).join(''));
}
