#!/usr/bin/env node
/**
 * Writes what the presets of `@tinsmith/recipe-preference` learn from: two answers to a question about a thing, of which the polite
 * one was preferred; and conversations in which one answer in four is polite. The things of the test split do not occur in the train split. The same bytes whenever it runs. Build first.
 *   node tools/pocket-data/preference.mjs
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRandom, curtly, factQuestions, politely, things } from '@tinsmith/model-pocket/tasks';

const TRAIN = 1024;
const TEST = 128;
const HELD_OUT_THINGS = 8;

const random = createRandom(2026, 11);
const order = random.sample(things, things.length);
const splits = {
  train: { things: order.slice(HELD_OUT_THINGS), rows: TRAIN },
  test: { things: order.slice(0, HELD_OUT_THINGS), rows: TEST },
};

const answer = content => [{ role: 'assistant', content }];

function comparison(among) {
  const asked = random.pick(factQuestions(random.pick(among)));
  const [preferred, other] = [politely(asked, random), curtly(asked, random)];
  const isFirst = random.chance(0.5);
  return {
    comparison: {
      prompt_conversation: [{ role: 'user', content: asked.question }],
      completion_A: answer(isFirst ? preferred : other),
      completion_B: answer(isFirst ? other : preferred),
    },
    label: isFirst ? 'A' : 'B',
  };
}

const folder = new URL('../../plugins/recipe-preference/data/comparisons/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, split] of Object.entries(splits)) {
  const rows = Array.from({ length: split.rows }, () => comparison(split.things));
  writeFileSync(new URL(`${name}.jsonl`, folder), rows.map(row => `${JSON.stringify(row)}\n`).join(''));
}

const ofAnswers = createRandom(2026, 12);
const answers = new URL('../../plugins/recipe-preference/data/answers/', import.meta.url);
mkdirSync(answers, { recursive: true });
for (const [name, split] of Object.entries(splits)) {
  const rows = Array.from({ length: split.rows }, () => {
    const asked = ofAnswers.pick(factQuestions(ofAnswers.pick(split.things)));
    const said = (ofAnswers.chance(0.25) ? politely : curtly)(asked, ofAnswers);
    return { messages: [{ role: 'user', content: asked.question }, ...answer(said)] };
  });
  writeFileSync(new URL(`${name}.jsonl`, answers), rows.map(row => `${JSON.stringify(row)}\n`).join(''));
}
