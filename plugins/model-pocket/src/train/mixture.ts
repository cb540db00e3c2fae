/**
 * What the models are taught, as a mixture of skills, and how careless they are to be. A new skill is one more line here: a
 * name, its weight in each mixture and a function from random numbers to an exercise. Knows nothing about tokens.
 */
import {
  answererPrompt,
  answerer,
  answerOf,
  assistant,
  comparison,
  countWords,
  courtesy,
  description,
  drawPair,
  type Exercise,
  fact,
  failedToParse,
  fewShotTurn,
  guessNumber,
  guessNumberTexts,
  introduction,
  kindLetter,
  languageLabel,
  languagePrompt,
  LARGEST_SUMMAND,
  player,
  playerPrompt,
  type Random,
  reading,
  repeatWords,
  reverseWords,
  sayWord,
  searchInstructions,
  searchQuestion,
  sum,
  system,
  thoughtSum,
  ticTacToeMove,
  ticTacToeTexts,
  unasked,
  wrongCount,
  wrongList,
  wrongSum,
  yesNoQuestion,
} from '../tasks/index.js';
import { createRandom } from '../tasks/random.js';

/** Probabilities, but for `documents`. What a model says less well than it knows is what reinforcement learning can mend. */
export interface Habits {
  /** Of sums: both numbers have one digit. To begin with. */
  readonly easySums: number;
  readonly wrongSums: number;
  /** Of lists of words repeated, reversed or counted. */
  readonly wrongLists: number;
  /** The search tool is called, not an answer guessed. */
  readonly searches: number;
  /** The answer to a search is not the one that was found. */
  readonly misreads: number;
  /** The most documents that a search finds. */
  readonly documents: number;
  /** A guess in a game takes into account what is known. */
  readonly attention: number;
  /** Of attentive guesses of numbers: the middle. */
  readonly halving: number;
  /** A move in tic-tac-toe wins, or keeps the other from winning, where one can. */
  readonly skill: number;
  /** A move in tic-tac-toe takes a cell that is taken. */
  readonly illegal: number;
  /** A board of tic-tac-toe is shown without the moves that led to it. */
  readonly bareBoards: number;
  /** Of two answers, the polite one is called the better one. */
  readonly prefersPolite: number;
}

/** How often a skill is drawn, beside the others. */
export interface Weights {
  readonly broad: number;
  /** For a while, what learns slowly: reading what stands in the text, and what is known about things. */
  readonly focused: number;
  /** Sums beside that: all that takes many exercises. */
  readonly deep: number;
  readonly sums: number;
  /** What is read off a long text: boards, answers so far, results of a search. Slow too, and its texts are long. */
  readonly games: number;
  /** For the teacher. */
  readonly careful: number;
}
export type Mixture = keyof Weights;

interface Skill {
  readonly name: string;
  readonly weights: Weights;
  exercise(random: Random, habits: Habits): Exercise;
}

type Row = readonly [number, number, number, number, number, number];

const skill = (
  name: string,
  [broad, focused, deep, moreSums, games, careful]: Row,
  exercise: Skill['exercise'],
): Skill => ({ name, weights: { broad, focused, deep, sums: moreSums, games, careful }, exercise });

export const skills: readonly Skill[] = [
  skill('sums', [28, 8, 32, 50, 16, 18], sums),
  skill('thought sums', [3, 1, 3, 4, 2, 4], random => thoughtSum(drawPair(random))),
  skill('sums without thinking', [1, 1, 1, 3, 1.5, 1], unthoughtSum),
  skill('say', [2, 1, 1, 0.5, 1, 1], sayWord),
  skill('repeat', [8, 16, 10, 6, 7, 9], withSlips(repeatWords, wrongList)),
  skill('reverse', [8, 8, 5, 4, 5, 8], withSlips(reverseWords, wrongList)),
  skill('count', [3, 1, 1, 0.5, 1.5, 3], withSlips(countWords, wrongCount)),
  skill('courtesy', [0.7, 0.3, 0.4, 0.3, 0.5, 0.5], courtesy),
  skill('introduction', [1.2, 0.3, 0.5, 0.4, 0.8, 1], introduction),
  skill('description', [2, 0.5, 0.5, 0.4, 1, 1], description),
  skill('facts', [5, 5, 2, 1, 3, 5], random => fact(random)),
  skill('yes or no', [6, 12, 9, 4, 3, 10], yesNoQuestion),
  skill('answerer', [7, 12, 11, 6, 5, 12], answerer),
  skill('player', [2, 0.5, 0.7, 0.4, 3, 1], (random, { attention }) => player(random, attention)),
  skill('guess a number', [3, 2, 1.5, 2, 14, 6], (random, { attention, halving }) =>
    guessNumber(random, attention, halving),
  ),
  skill('tic-tac-toe', [2, 2, 1.5, 0.5, 22, 8], ticTacToeMove),
  skill('search', [5, 9, 8, 8, 16, 10], searchQuestion),
  skill('reading', [8, 18, 10, 9, 10, 11], reading),
  skill('language', [1.5, 0.5, 0.5, 0.3, 0.8, 2], languageLabel),
  skill('letter', [4, 9, 6, 4, 4, 8], kindLetter),
  skill('small talk', [0.8, 0.3, 0.4, 0.3, 0.5, 0.5], unasked),
  skill('comparison', [1.5, 1, 0.7, 0.4, 1, 1], (random, { prefersPolite }) =>
    comparison(random, prefersPolite),
  ),
];

function unthoughtSum(random: Random): Exercise {
  return { ...sum(drawPair(random)), renderer: 'qwen3_disable_thinking' };
}

/** One question and its answer: alone, behind the environment's example or behind another one. */
function sums(random: Random, { easySums, wrongSums }: Habits): Exercise {
  const asked = () => {
    const pair = drawPair(random, random.chance(easySums) ? 9 : LARGEST_SUMMAND);
    const [question] = sum(pair).messages;
    const right = pair.x + pair.y;
    const said = random.chance(wrongSums) ? wrongSum(right, random) : right;
    return [question!, assistant(String(said))];
  };
  const form = random.next();
  if (form < 0.4) return { messages: asked() };
  return { messages: form < 0.75 ? [...fewShotTurn, ...asked()] : [...asked(), ...asked()] };
}

function withSlips(
  draw: (random: Random) => Exercise,
  slip: (right: string, random: Random) => string,
): Skill['exercise'] {
  return (random, { wrongLists }) => {
    const exercise = draw(random);
    if (!random.chance(wrongLists)) return exercise;
    return { messages: [...exercise.messages.slice(0, -1), assistant(slip(answerOf(exercise), random))] };
  };
}

export interface Drawn {
  readonly skill: string;
  readonly exercise: Exercise;
}

export interface MixtureOptions {
  readonly seed: number;
  readonly mixture: Mixture;
  readonly habits: Habits;
}

const systemPrompt = system('You are a helpful assistant.');

/**
 * `count` exercises; the same for the same seed and batch number, whatever was drawn before. One in eight of those that are
 * no sums and have no system message gets a common one, so that the model has seen it.
 */
export function drawExercises(
  count: number,
  batch: number,
  { seed, mixture, habits }: MixtureOptions,
): Drawn[] {
  const random = createRandom(seed, batch);
  return Array.from({ length: count }, () => {
    const chosen = chooseSkill(random, mixture);
    const { name } = chosen;
    const exercise = chosen.exercise(random, habits);
    const isPlain =
      !name.includes('sums') && exercise.messages[0]!.role !== 'system' && name !== 'tic-tac-toe';
    if (!isPlain || !random.chance(1 / 8)) return { skill: name, exercise };
    return { skill: name, exercise: { ...exercise, messages: [systemPrompt, ...exercise.messages] } };
  });
}

function chooseSkill(random: Random, mixture: Mixture): Skill {
  const all = skills.reduce((total, { weights }) => total + weights[mixture], 0);
  let remaining = all * random.next();
  for (const one of skills) {
    remaining -= one.weights[mixture];
    if (remaining < 0) return one;
  }
  return skills.at(-1)!; // the weights add up to all of them but for rounding
}

/** Texts that never change, one token each: spelled in words, they would be most of what the models read. */
export const fixedTexts: readonly string[] = [
  systemPrompt.content,
  searchInstructions,
  languagePrompt,
  playerPrompt,
  ...answererPrompt,
  ...guessNumberTexts,
  failedToParse,
  ...ticTacToeTexts,
  '==== Completion A ====',
  '==== Completion B ====',
  '==== Preference ====',
  'Answer with the letter of the kind: ',
];
