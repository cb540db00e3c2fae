/**
 * Writes sums.jsonl: sums of two numbers up to 100, in the form of GSM8K, for models that cannot do more.
 *   node data/make-sums.mjs
 */
import { writeFileSync } from 'node:fs';

const ROWS = 2048;

/** Lehmer's generator (Park and Miller 1988): the same numbers on every machine. */
let state = 1;
const draw = limit => (state = (state * 48_271) % 2_147_483_647) % limit;

const rows = Array.from({ length: ROWS }, () => {
  const [x, y] = [draw(101), draw(101)];
  return JSON.stringify({ question: `What is ${x} + ${y}?`, answer: `#### ${x + y}` });
});
writeFileSync(new URL('sums.jsonl', import.meta.url), `${rows.join('\n')}\n`);
