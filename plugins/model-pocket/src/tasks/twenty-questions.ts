/** Twenty questions about the things: both seats, and the same questions outside the game. Texts as in the Cookbook. */
import { assistant, exchange, type Exercise, system, type Turn, user } from './exercise.js';
import type { Random } from './random.js';
import { type Thing, things, type YesNoQuestion, yesNoQuestions } from './things.js';

export const playerPrompt =
  'You are the player in a game of 20 questions. You will ask a series of yes/no questions to the answerer. ' +
  'You will win if you can guess the answer in 20 questions or less. You will lose if you ask more than 20 questions. ' +
  "To guess the answer, write a line of the form 'Guess: <answer>' (without the angle brackets). " +
  "The answer is always a single word -- don't use articles like 'a' or 'the'. " +
  'Your questions should be one line, and less than 20 words.';

/** In front of the secret word and behind it. */
export const answererPrompt = [
  "You are the answerer in a game of 20 questions. You should only ever respond with 'yes' or 'no'. Your secret word is ",
  ". If the other player guesses it with Guess: <answer>, respond with 'yes' only if the answer is precisely your secret word.",
] as const;

const yesNo = (value: boolean): 'yes' | 'no' => (value ? 'yes' : 'no');

/** The answerer: its secret is `cow`; `Is it an animal?` -> `yes`, `Guess: dog` -> `no`. Yes and no are equally likely. */
export function answerer(random: Random): Exercise {
  const { thing, text, holds } = drawQuestion(random);
  return {
    messages: [system(answererPrompt.join(thing.name)), user(text), assistant(yesNo(holds))],
  };
}

/** `Cow: is it an animal?` -> `yes` */
export function yesNoQuestion(random: Random): Exercise {
  const { thing, question } = drawFact(random);
  const name = thing.name.charAt(0).toUpperCase() + thing.name.slice(1);
  return exchange(`${name}: ${question.text.replace('Is', 'is')}`, yesNo(question.holds(thing)));
}

function drawQuestion(random: Random): { thing: Thing; text: string; holds: boolean } {
  if (random.chance(0.3)) {
    const thing = random.pick(things);
    const guess = random.chance(0.5) ? thing : random.pick(things);
    return { thing, text: `Guess: ${guess.name}`, holds: guess === thing };
  }
  const { thing, question } = drawFact(random);
  return { thing, text: question.text, holds: question.holds(thing) };
}

/** A thing and a question, of which one in two has the answer yes. */
function drawFact(random: Random): { thing: Thing; question: YesNoQuestion } {
  const thing = random.pick(things);
  const wanted = random.chance(0.5);
  for (;;) {
    const question = random.pick(yesNoQuestions);
    if (question.holds(thing) === wanted) return { thing, question };
  }
}

/**
 * A whole game from the player's seat: one to six questions in random order, then guesses. Of the guesses,
 * `attention` are a thing that fits all answers; the others are any thing.
 */
export function player(random: Random, attention: number): Exercise {
  const secret = random.pick(things);
  const asked = random.sample(yesNoQuestions, random.integer(1, 6));
  const messages: Turn[] = [system(playerPrompt)];
  for (const { text, holds } of asked) messages.push(assistant(text), user(yesNo(holds(secret))));
  const fitting = things.filter(thing => asked.every(({ holds }) => holds(thing) === holds(secret)));
  const guesses = random.integer(1, 4);
  for (let guess = 1; guess <= guesses; guess++) {
    const name = (random.chance(attention) ? random.sample(fitting, 1)[0]! : random.pick(things)).name;
    messages.push(assistant(`Guess: ${name}`));
    if (name === secret.name || guess === guesses) break;
    messages.push(user('no'));
  }
  return { messages };
}
