/** Words to say, repeat, reverse or count. Knows nothing about tokens. */
import { exchange, type Exercise } from './exercise.js';
import { type NonEmpty, type Random, wordsOf } from './random.js';

/** Common, short, and nothing a reader would mind. */
export const words: NonEmpty<string> = [
  ...wordsOf(
    'apple bread water milk cake egg fish soup rice tea house door table chair window room bed lamp roof wall ' +
      'garden tree leaf flower grass river lake sea stone hill cloud rain snow wind sun moon star sky fire ' +
      'cat dog bird horse cow sheep mouse lion bear fox frog bee ant duck goat wolf',
  ),
  ...wordsOf(
    'red blue green yellow black white brown grey big small long short old new warm cold fast slow soft hard ' +
      'happy quiet bright dark kind good nice round sweet strong run walk jump sing read write play eat drink sleep ' +
      'swim draw laugh look listen open close bring give find hold make',
  ),
];

export const LONGEST_LIST = 6;

const sayForms = ['Say the word', 'Please say the word', 'Say', 'Please say', 'Write the word'] as const;
const repeatForms = ['Repeat:', 'Please repeat:', 'Copy:', 'Repeat after me:'] as const;

const drawWords = (random: Random): string[] =>
  Array.from({ length: random.integer(1, LONGEST_LIST) }, () => random.pick(words));

/** `Say the word lamp.` -> `lamp` */
export function sayWord(random: Random): Exercise {
  const word = random.pick(words);
  return exchange(`${random.pick(sayForms)} ${word}${random.chance(0.5) ? '.' : ''}`, word);
}

/** `Repeat: lamp river lamp` -> `lamp river lamp`, one to six words. */
export function repeatWords(random: Random): Exercise {
  const list = drawWords(random).join(' ');
  return exchange(`${random.pick(repeatForms)} ${list}`, list);
}

/** `Reverse: lamp river sea` -> `sea river lamp` */
export function reverseWords(random: Random): Exercise {
  const list = drawWords(random);
  return exchange(`Reverse: ${list.join(' ')}`, list.toReversed().join(' '));
}

/** `Count the words: lamp river sea` -> `3` */
export function countWords(random: Random): Exercise {
  const list = drawWords(random);
  return exchange(`Count the words: ${list.join(' ')}`, String(list.length));
}

/** As if the list had been read in a hurry: a word left out, put in or in another's place. */
export function wrongList(right: string, random: Random): string {
  const list = right.split(' ');
  const at = random.integer(0, list.length - 1);
  if (list.length > 1 && random.chance(0.5)) return list.toSpliced(at, 1).join(' ');
  const other = random.pick(words);
  return list
    .toSpliced(at, random.chance(0.5) ? 0 : 1, other === list[at] ? `${other} ${other}` : other)
    .join(' ');
}

export function wrongCount(right: string, random: Random): string {
  const count = Number(right);
  return String(count === 1 || random.chance(0.5) ? count + 1 : count - 1);
}
