#!/usr/bin/env node
/**
 * Writes what the preset of `search_tool` learns from: made-up facts that nobody can know by heart, as passages to search in and
 * as questions. The same bytes whenever it runs. Build first.
 *   node tools/pocket-data/search.mjs
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRandom, drawCard } from '@tinsmith/model-pocket/tasks';

const LEARNT = 1200;
const HELD_OUT = 200;

const random = createRandom(2026, 12);
const cards = new Map();
while (cards.size < LEARNT + HELD_OUT) {
  const card = drawCard(random);
  if (!cards.has(card.name)) cards.set(card.name, card); // each name stands for one thing
}
const facts = [...cards.values()];
const toQuestion = ({ question, answer }, index) => ({
  id: String(index),
  question,
  golden_answers: [answer],
  data_source: 'facts',
});

const files = {
  'passages.jsonl': facts.map(({ passage }, index) => ({ _id: String(index), text: passage })),
  'train.jsonl': facts.slice(0, LEARNT).map(toQuestion),
  'held-out.jsonl': facts.slice(LEARNT).map(toQuestion),
};
const folder = new URL('../../plugins/recipe-tool-use/data/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, rows] of Object.entries(files))
  writeFileSync(new URL(name, folder), rows.map(row => `${JSON.stringify(row)}\n`).join(''));
