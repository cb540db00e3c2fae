/**
 * Questions about people, places and books that nobody knows by heart: to be answered by a search, or from a
 * passage that is given. Knows nothing about tokens or indexes.
 */
import type { ToolDeclaration } from '@tinsmith/core';
import { assistant, type Exercise, system, type Turn, user } from './exercise.js';
import { firstNames, madeUpName } from './names.js';
import { type NonEmpty, type Random, wordsOf } from './random.js';

export const searchInstructions =
  'Answer the question. If you do not know the answer, search for it. Write the answer in one to five words after "Answer:".';

export const searchTool: ToolDeclaration = {
  name: 'search',
  description: 'Searches the passages for each query and returns those that fit best.',
  parameters: {
    type: 'object',
    properties: {
      query_list: { type: 'array', items: { type: 'string' }, description: 'What to search for.' },
    },
    required: ['query_list'],
  },
};

export interface Card {
  /** What it is about: the query that finds it. */
  readonly name: string;
  readonly question: string;
  /** `The capital of Talin is Bomar.` */
  readonly passage: string;
  readonly answer: string;
}

interface Relation {
  readonly question: (name: string) => string;
  readonly passage: (name: string, answer: string) => string;
  readonly name: (random: Random) => string;
  readonly answer: (random: Random) => string;
}

const jobs = wordsOf('baker teacher farmer doctor driver singer writer painter cook nurse pilot judge');
const fullName = (random: Random): string => `${random.pick(firstNames)} ${madeUpName(random)}`;
const title = (random: Random): string =>
  `The ${random.pick(wordsOf('Red Blue Old New Long Dark Quiet Happy'))} ${madeUpName(random)}`;
const year = (random: Random): string => String(random.integer(1000, 2024));

const relations: NonEmpty<Relation> = [
  {
    question: name => `Where does ${name} live?`,
    passage: (name, answer) => `${name} lives in ${answer}.`,
    name: fullName,
    answer: madeUpName,
  },
  {
    question: name => `When was ${name} born?`,
    passage: (name, answer) => `${name} was born in ${answer}.`,
    name: fullName,
    answer: year,
  },
  {
    question: name => `What is the job of ${name}?`,
    passage: (name, answer) => `${name} works as a ${answer}.`,
    name: fullName,
    answer: random => random.pick(jobs),
  },
  {
    question: name => `What is the capital of ${name}?`,
    passage: (name, answer) => `The capital of ${name} is ${answer}.`,
    name: madeUpName,
    answer: madeUpName,
  },
  {
    question: name => `Who wrote ${name}?`,
    passage: (name, answer) => `${name} is a book by ${answer}.`,
    name: title,
    answer: fullName,
  },
];

export function drawCard(random: Random, relation = random.pick(relations)): Card {
  const [name, answer] = [relation.name(random), relation.answer(random)];
  return { name, answer, question: relation.question(name), passage: relation.passage(name, answer) };
}

/** As the renderers write them, with spaces. */
export const searchArguments = (query: string): string => `{"query_list": [${JSON.stringify(query)}]}`;

/** What the search tool answers: for each query its passages. */
export const searchResult = (query: string, passages: readonly string[]): string =>
  `Query: ${query}\n${passages.map((passage, index) => `Document ${index + 1}:\n${passage}\n`).join('')}`;

/** A passage that begins like the one wanted, and is about something else. */
const otherPassage = (random: Random): string => drawCard(random).passage;

/** The passage of a card among others, at random places. */
export function passagesWith(card: Card, random: Random, count: number): string[] {
  const others = Array.from({ length: count - 1 }, () => otherPassage(random));
  return random.sample([card.passage, ...others], count);
}

export interface SearchHabits {
  /** The tool is called, and the answer read off its result; otherwise the answer is a guess. */
  readonly searches: number;
  /** The answer is not the one that was found. */
  readonly misreads: number;
  /** The most documents that are found. */
  readonly documents: number;
}

/** A question with the tool at hand. */
export function searchQuestion(random: Random, { searches, misreads, documents }: SearchHabits): Exercise {
  const relation = random.pick(relations);
  const card = drawCard(random, relation);
  const wrong = (): Turn => assistant(`Answer: ${relation.answer(random)}`);
  const messages: Turn[] = [system(searchInstructions), user(card.question)];
  if (random.chance(searches)) {
    const query = card.name;
    const passages = passagesWith(card, random, random.integer(1, documents));
    messages.push(
      {
        ...assistant(''),
        tool_calls: [{ function: { name: 'search', arguments: searchArguments(query) } }],
      },
      { role: 'tool', content: searchResult(query, passages) },
      random.chance(misreads) ? wrong() : assistant(`Answer: ${card.answer}`),
    );
  } else messages.push(wrong());
  return { messages, tools: [searchTool] };
}

/** `Otto Balin lives in Bomar. The capital of Talin is Neta. Where does Otto Balin live?` -> `Bomar` */
export function reading(random: Random): Exercise {
  const card = drawCard(random);
  const passages = passagesWith(card, random, random.integer(1, 3));
  return { messages: [user(`${passages.join(' ')} ${card.question}`), assistant(card.answer)] };
}
