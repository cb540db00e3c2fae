/** Greetings, and what is said to a sentence that asks for nothing. Knows nothing about tokens. */
import { exchange, type Exercise } from './exercise.js';
import type { NonEmpty, Random } from './random.js';

type Phrases = NonEmpty<string>;

const greetings: Phrases = [
  'Hello',
  'Hello!',
  'Hi',
  'Hi!',
  'Hi there!',
  'Good morning',
  'Good morning!',
  'Hey',
];
const welcomes: Phrases = [
  'Hello! How can I help you?',
  'Hi! What can I do for you?',
  'Hello! What would you like to do?',
];
const thanks: Phrases = ['Thanks', 'Thanks!', 'Thank you', 'Thank you!', 'Thank you very much!'];
const replies: Phrases = ['You are welcome!', 'You are welcome. Is there more?', 'My pleasure!'];
const goodbyes: Phrases = ['Bye', 'Bye!', 'Goodbye', 'Goodbye!', 'See you later!', 'Good night!'];
const farewells: Phrases = ['Goodbye!', 'Bye! See you later.', 'Goodbye! Have a nice day.'];

const exchanges: NonEmpty<readonly [Phrases, Phrases]> = [
  [greetings, welcomes],
  [thanks, replies],
  [goodbyes, farewells],
];

/** `Good morning!` -> `Hello! How can I help you?` */
export function courtesy(random: Random): Exercise {
  const [asked, answered] = random.pick(exchanges);
  return exchange(random.pick(asked), random.pick(answered));
}

const remarks: Phrases = [
  'I see.',
  'Tell me more.',
  'That is nice.',
  'What would you like to do?',
  'Good to know.',
];

/** What the models say to a word or a sentence that comes without a question. */
export const remark = (random: Random): string => random.pick(remarks);

const aboutMe: Phrases = [
  'I am Pocket.',
  'I am a very small language model.',
  'I was made to be trained.',
  'I can add small numbers.',
  'I can repeat and count words.',
  'I can play a game with you.',
  'I know a few animals and plants.',
  'I can look things up if I have a tool.',
  'I like short words.',
  'I make mistakes, but I learn quickly.',
  'What would you like to do?',
];
const identities: Phrases = [
  'Who are you?',
  'What are you?',
  'What is your name?',
  'What can you do?',
  'Tell me about yourself.',
];

/** `Who are you?` -> one to six sentences, at random: 5 to 50 tokens. */
export const introduction = (random: Random): Exercise =>
  exchange(random.pick(identities), random.sample(aboutMe, random.integer(1, 6)).join(' '));
