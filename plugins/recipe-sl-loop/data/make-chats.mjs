/**
 * Writes chats.jsonl: short conversations about sums of two numbers up to 100, all of them right. A model that knows sums but
 * answers carelessly learns from them to answer well.
 *   node data/make-chats.mjs
 */
import { writeFileSync } from 'node:fs';

const ROWS = 2048;

/** Lehmer's generator (Park and Miller 1988): the same numbers on every machine. */
let state = 1;
const draw = limit => (state = (state * 48_271) % 2_147_483_647) % limit;

const rows = Array.from({ length: ROWS }, () => {
  const [x, y] = [draw(101), draw(101)];
  const messages = [
    { role: 'user', content: `What is ${x} + ${y}?` },
    { role: 'assistant', content: String(x + y) },
  ];
  return JSON.stringify({ messages });
});
writeFileSync(new URL('chats.jsonl', import.meta.url), `${rows.join('\n')}\n`);
