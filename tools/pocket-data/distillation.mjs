#!/usr/bin/env node
/**
 * Writes what the presets of `@tinsmith/recipe-distillation` learn from: sums to ask for and lists of words to count, as prompts,
 * and others to measure with. The same bytes whenever it runs. Build first.
 *   node tools/pocket-data/distillation.mjs
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import {
  answerOf,
  countWords,
  createRandom,
  drawPair,
  heldOutPairs,
  promptOf,
  sum,
} from '@tinsmith/model-pocket/tasks';

const LEARNT = 4096;
const HELD_OUT = 128;

const questionOf = exercise => promptOf(exercise).at(-1).content;

/** So many different ones. */
function draw(make, count) {
  const seen = new Map();
  while (seen.size < count) {
    const exercise = make();
    seen.set(questionOf(exercise), exercise);
  }
  return [...seen.values()];
}

const random = createRandom(2026, 13);
const lists = draw(() => countWords(random), LEARNT + HELD_OUT); // lists of one word are few, and soon all seen
const sums = draw(() => sum(drawPair(random)), LEARNT);
const tasks = {
  sums: [sums, heldOutPairs.slice(0, HELD_OUT).map(sum)], // pairs that neither model has seen
  lists: [lists.slice(HELD_OUT), lists.slice(0, HELD_OUT)],
};

const folder = new URL('../../plugins/recipe-distillation/data/', import.meta.url);
const write = (name, rows) =>
  writeFileSync(new URL(name, folder), rows.map(row => `${JSON.stringify(row)}\n`).join(''));
mkdirSync(folder, { recursive: true });
for (const [name, [learnt, heldOut]] of Object.entries(tasks)) {
  write(
    `${name}.jsonl`,
    learnt.map(exercise => ({ question: questionOf(exercise) })),
  );
  write(
    `${name}-held-out.jsonl`,
    heldOut.map(exercise => ({
      messages: [...promptOf(exercise), { role: 'assistant', content: answerOf(exercise) }],
    })),
  );
}
