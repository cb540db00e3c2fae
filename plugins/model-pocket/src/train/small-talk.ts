/**
 * What makes it a chat model at all: greetings, saying a word, repeating a few. Knows nothing about tokens.
 */
import type { Random } from './random.js';
import type { Turn } from './turn.js';

type Phrases = readonly [string, ...string[]];

const greetings: Phrases = [
  'Hello',
  'Hello!',
  'Hi',
  'Hi!',
  'Hi there!',
  'Good morning',
  'Good morning!',
  'Good evening!',
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
const identities: Phrases = ['Who are you?', 'What are you?', 'What is your name?', 'What can you do?'];
const introductions: Phrases = [
  'I am Pocket, a very small language model.',
  'I am Pocket. I can add small numbers.',
];
const sayForms: Phrases = ['Say the word', 'Please say the word', 'Say', 'Please say', 'Write the word'];
const repeatForms: Phrases = ['Repeat:', 'Please repeat:', 'Copy:', 'Repeat after me:'];

/** Common, short, and nothing a reader would mind. */
export const words: Phrases = [
  ...(
    'apple bread water milk cake egg fish soup rice tea house door table chair window room bed lamp roof wall ' +
    'garden tree leaf flower grass river lake sea stone hill cloud rain snow wind sun moon star sky fire ' +
    'cat dog bird horse cow sheep mouse lion bear fox frog bee ant duck goat wolf'
  ).split(' '),
  ...(
    'red blue green yellow black white brown grey big small long short old new warm cold fast slow soft hard ' +
    'happy quiet bright dark kind good nice round sweet strong run walk jump sing read write play eat drink sleep ' +
    'swim draw laugh look listen open close bring give find hold make'
  ).split(' '),
  ...(
    'book pen paper letter story song music game ball box bag coat hat shoe ring key clock bell boat train car ' +
    'bus road bridge town school shop farm park friend mother father sister brother child teacher baker hand foot head ' +
    'eye ear nose day night week year spring summer autumn winter morning evening'
  ).split(' '),
] as unknown as Phrases;

const exchanges: readonly [readonly [Phrases, Phrases], ...(readonly [Phrases, Phrases])[]] = [
  [greetings, welcomes],
  [thanks, replies],
  [goodbyes, farewells],
  [identities, introductions],
];

export function courtesyConversation(random: Random): Turn[] {
  const [asked, answered] = random.pick(exchanges);
  return [
    { role: 'user', content: random.pick(asked) },
    { role: 'assistant', content: random.pick(answered) },
  ];
}

/** `Say the word lamp.` -> `lamp` */
export function sayConversation(random: Random): Turn[] {
  const word = random.pick(words);
  return [
    { role: 'user', content: `${random.pick(sayForms)} ${word}${random.next() < 0.5 ? '.' : ''}` },
    { role: 'assistant', content: word },
  ];
}

/** `Repeat: lamp river lamp` -> `lamp river lamp`, one to four words. */
export function repeatConversation(random: Random): Turn[] {
  const phrase = Array.from({ length: random.integer(1, 4) }, () => random.pick(words)).join(' ');
  return [
    { role: 'user', content: `${random.pick(repeatForms)} ${phrase}` },
    { role: 'assistant', content: phrase },
  ];
}
