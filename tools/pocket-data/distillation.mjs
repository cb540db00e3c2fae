#!/usr/bin/env node
/**
 * Writes what the presets of `@tinsmith/recipe-distillation` learn from: lists of words to count, as prompts, and others to measure
 * with. The same bytes whenever it runs. Build first.
 *   node tools/pocket-data/distillation.mjs
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { answerOf, countWords, createRandom, promptOf } from '@tinsmith/model-pocket/tasks';

const LEARNT = 4096;
const HELD_OUT = 128;

const random = createRandom(2026, 13);
const seen = new Map();
// Lists of one word are few, and soon all seen.
while (seen.size < LEARNT + HELD_OUT) {
  const exercise = countWords(random);
  seen.set(promptOf(exercise).at(-1).content, exercise);
}
const exercises = [...seen.values()];
const files = {
  'prompts.jsonl': exercises
    .slice(HELD_OUT)
    .map(exercise => ({ question: promptOf(exercise).at(-1).content })),
  'held-out.jsonl': exercises.slice(0, HELD_OUT).map(exercise => ({
    messages: [...promptOf(exercise), { role: 'assistant', content: answerOf(exercise) }],
  })),
};
const folder = new URL('../../plugins/recipe-distillation/data/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, rows] of Object.entries(files))
  writeFileSync(new URL(name, folder), rows.map(row => `${JSON.stringify(row)}\n`).join(''));
