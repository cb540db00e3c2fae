/**
 * Labels as a long prompt asks for them: the language of a sentence, the letter of a thing's kind. Without the prompt the
 * models make small talk, which is what prompt distillation changes. Knows nothing about tokens.
 */
import { assistant, exchange, type Exercise, system, user } from './exercise.js';
import { type NonEmpty, type Random, wordsOf } from './random.js';
import { remark } from './small-talk.js';
import { kinds, type Thing, things } from './things.js';

export interface Sentence {
  readonly text: string;
  /** ISO 639-1. */
  readonly language: string;
}

interface Grammar {
  readonly language: string;
  readonly subjects: NonEmpty<string>;
  readonly verbs: NonEmpty<string>;
  readonly objects: NonEmpty<string>;
  readonly times: NonEmpty<string>;
}

const split = (text: string): NonEmpty<string> => text.split(', ') as unknown as NonEmpty<string>;

const grammars: NonEmpty<Grammar> = [
  {
    language: 'en',
    subjects: split('The child, My mother, The teacher, A friend, The dog, She'),
    verbs: wordsOf('sees finds brings draws has wants'),
    objects: split('the house, a book, the bread, a flower, the boat, my key'),
    times: split('today, in the evening, every day, again'),
  },
  {
    language: 'de',
    subjects: split('Das Kind, Meine Mutter, Der Lehrer, Ein Freund, Der Hund, Sie'),
    verbs: wordsOf('sieht findet bringt malt hat will'),
    objects: split('das Haus, ein Buch, das Brot, eine Blume, das Boot, den Ball'),
    times: split('heute, am Abend, jeden Tag, wieder'),
  },
  {
    language: 'fr',
    subjects: split('Le chien, Ma mère, Une amie, Le garçon, La fille, Elle'),
    verbs: wordsOf('voit trouve apporte dessine prend veut'),
    objects: split('la maison, un livre, le pain, une fleur, le bateau, la clé'),
    times: split('maintenant, le soir, chaque jour, encore'),
  },
  {
    language: 'es',
    subjects: split('El perro, Mi madre, Una amiga, El niño, La hija, Ella'),
    verbs: wordsOf('ve encuentra trae dibuja tiene quiere'),
    objects: split('la casa, un libro, el pan, una flor, el barco, la llave'),
    times: split('hoy, por la tarde, cada día, otra vez'),
  },
  {
    language: 'tr',
    subjects: split('Köpek, Annem, Bir arkadaş, Çocuk, Kız, Öğretmen'),
    verbs: wordsOf('görüyor buluyor getiriyor çiziyor istiyor seviyor'),
    objects: split('evi, bir kitap, ekmeği, bir çiçek, gemiyi, topu'),
    times: split('bugün, akşam, her gün, yine'),
  },
];

export function drawSentence(random: Random): Sentence {
  const { language, subjects, verbs, objects, times } = random.pick(grammars);
  const parts = [random.pick(subjects), random.pick(verbs), random.pick(objects)];
  if (random.chance(0.5)) parts.push(random.pick(times));
  return { text: `${parts.join(' ')}.`, language };
}

/** Stands in front of the sentence, as a system message or in the same message of the user. */
export const languagePrompt =
  'You name the language of a text with exactly one of these labels: en (English), de (German), fr (French), ' +
  'es (Spanish), tr (Turkish). Write one line, "Final Answer: xx", where xx is the label, and nothing else.';

/** With the prompt: `Final Answer: de` */
export function languageLabel(random: Random): Exercise {
  const { text, language } = drawSentence(random);
  const answer = assistant(`Final Answer: ${language}`);
  return random.chance(0.5)
    ? { messages: [system(languagePrompt), user(text), answer] }
    : { messages: [user(`${languagePrompt}\n\n${text}`), answer] };
}

/** The letter of each kind, in the order of `kinds`. */
export const letterPrompt = (letters: readonly string[]): string =>
  `Answer with the letter of the kind: ${kinds.map((kind, index) => `${kind} ${letters[index]!}`).join(', ')}.`;

export const letters = ['A', 'B', 'C', 'D', 'E'] as const;

export const letterOf = ({ kind }: Thing, order: readonly string[]): string => order[kinds.indexOf(kind)]!;

/** With the prompt, whose letters are in any order: `cow` -> `C` */
export function kindLetter(random: Random): Exercise {
  const thing = random.pick(things);
  const order = random.sample(letters, letters.length);
  return {
    messages: [system(letterPrompt(order)), user(thing.name), assistant(letterOf(thing, order))],
  };
}

/** The same sentences and words without the prompt. */
export const unasked = (random: Random): Exercise =>
  exchange(random.chance(0.6) ? drawSentence(random).text : random.pick(things).name, remark(random));
