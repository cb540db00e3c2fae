#!/usr/bin/env node
/**
 * Writes what the presets of `@tinsmith/recipe-prompt-distillation` for the pocket models ask about: sentences in five languages
 * and names of things, each with the prompt, and what the right answers are, to measure with. The same bytes whenever it runs.
 * Build first.
 *   node tools/pocket-data/prompt-distillation.mjs
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import {
  createRandom,
  drawSentence,
  languagePrompt,
  letterOf,
  letterPrompt,
  things,
} from '@tinsmith/model-pocket/tasks';

const LEARNT = 192;
const HELD_OUT = 100;
/** Of animal, plant, food, vehicle, tool. */
const LETTERS = ['C', 'A', 'E', 'B', 'D'];

const folder = new URL('../../plugins/recipe-prompt-distillation/data/', import.meta.url);
mkdirSync(folder, { recursive: true });
const write = (name, lines) => writeFileSync(new URL(name, folder), lines.map(line => `${line}\n`).join(''));

const user = content => ({ role: 'user', content });
const assistant = content => ({ role: 'assistant', content });
const system = content => ({ role: 'system', content });
const bare = (text, label) => JSON.stringify({ messages: [user(text), assistant(label)] });
const prompted = (prompt, text, answer) =>
  JSON.stringify({ messages: [system(prompt), user(text), assistant(answer)] });

const random = createRandom(2026, 11);
const sentences = new Map();
while (sentences.size < LEARNT + HELD_OUT) {
  const { text, language } = drawSentence(random);
  sentences.set(text, language);
}
const heldOut = [...sentences].slice(0, HELD_OUT);
write('language-prompt.txt', [languagePrompt]);
write('language-sentences.txt', [...sentences.keys()].slice(HELD_OUT));
write(
  'language-held-out.jsonl',
  heldOut.map(([text, language]) => bare(text, language)),
);
write(
  'language-held-out-prompted.jsonl',
  heldOut.map(([text, language]) => prompted(languagePrompt, text, `Final Answer: ${language}`)),
);

// Thirty-two things are all there are: what is learnt is measured on the same ones, against the right letters.
const prompt = letterPrompt(LETTERS);
write('letter-prompt.txt', [prompt]);
write(
  'letter-things.txt',
  things.map(({ name }) => name),
);
write(
  'letter-right.jsonl',
  things.map(thing => bare(thing.name, letterOf(thing, LETTERS))),
);
write(
  'letter-right-prompted.jsonl',
  things.map(thing => prompted(prompt, thing.name, letterOf(thing, LETTERS))),
);
