/** Whole games and answers of free length, sampled: how many are won, how long they are. */
import type { SamplingClient } from '@tinsmith/core';
import {
  assistant,
  description,
  type Exercise,
  guessNumberPrompt,
  introduction,
  playerPrompt,
  type Random,
  system,
  things,
  type Turn,
  upperBounds,
  user,
  yesNoQuestions,
} from '../tasks/index.js';
import { createRandom } from '../tasks/random.js';
import { ask } from './evaluate.js';
import type { ExerciseRenderer } from './renderers.js';

const GAMES = 100;
const GUESSES = 10;
const QUESTIONS = 20;

export async function playGames(
  model: SamplingClient,
  renderer: ExerciseRenderer,
): Promise<Record<string, number>> {
  const measures: Record<string, number> = {};
  for (const bound of upperBounds) {
    const targets = drawMany(random => random.integer(0, bound - 1));
    const games = await play(model, renderer, GUESSES, targets, {
      head: system(guessNumberPrompt(bound)),
      reply: (said, target) => {
        const guess = Number(/^Guess: (\d+)$/.exec(said)?.[1] ?? Number.NaN);
        if (Number.isNaN(guess)) return 'illegal';
        return guess === target ? 'won' : guess < target ? 'Too low' : 'Too high';
      },
    });
    measures[`guess a number below ${bound}: won in ${GUESSES} guesses`] = games.won;
    measures[`guess a number below ${bound}: legal guesses`] = games.legal;
  }
  const secrets = drawMany(random => random.pick(things));
  const games = await play(model, renderer, QUESTIONS, secrets, {
    head: system(playerPrompt),
    reply: (said, secret) => {
      const guess = /^Guess: (.*)/.exec(said)?.[1];
      if (guess !== undefined) return guess === secret.name ? 'won' : 'no';
      const question = yesNoQuestions.find(({ text }) => text === said);
      return question ? (question.holds(secret) ? 'yes' : 'no') : 'illegal';
    },
  });
  measures[`twenty questions: won in ${QUESTIONS} turns`] = games.won;
  measures['twenty questions: turns'] = games.turns;
  measures['twenty questions: questions and guesses that make sense'] = games.legal;
  for (const [name, draw] of Object.entries({ introduction, description })) {
    const exercises = drawMany(random => draw(random));
    const lengths = (await ask(model, renderer, exercises, { temperature: 1, samples: 1 })).flat();
    measures[`${name}: tokens`] = mean(lengths.map(({ tokens }) => tokens));
    measures[`${name}: tokens, standard deviation`] = deviation(lengths.map(({ tokens }) => tokens));
  }
  return measures;
}

interface Game<T> {
  readonly head: Turn;
  readonly reply: (said: string, secret: T) => string;
}

/** All games at once, turn by turn. An illegal move is answered with `no`, as if nothing had been learnt. */
async function play<T>(
  model: SamplingClient,
  renderer: ExerciseRenderer,
  turns: number,
  secrets: readonly T[],
  { head, reply }: Game<T>,
): Promise<{ won: number; legal: number; turns: number }> {
  const games = secrets.map(secret => ({ secret, messages: [head], won: false }));
  let [moves, legal] = [0, 0];
  for (let turn = 0; turn < turns; turn++) {
    const open = games.filter(game => !game.won);
    const exercises: Exercise[] = open.map(({ messages }) => ({ messages: [...messages, assistant('')] }));
    const replies = await ask(model, renderer, exercises, { temperature: 1, samples: 1, seed: turn * GAMES });
    open.forEach((game, index) => {
      const said = replies[index]![0]!.text;
      const answer = reply(said, game.secret);
      moves++;
      if (answer !== 'illegal') legal++;
      if (answer === 'won') game.won = true;
      game.messages.push(assistant(said), user(answer === 'illegal' ? 'no' : answer));
    });
  }
  return {
    won: games.filter(game => game.won).length / games.length,
    legal: Math.round((1e4 * legal) / moves) / 1e4,
    turns: moves / games.length,
  };
}

function drawMany<T>(draw: (random: Random) => T): T[] {
  const random = createRandom(GAMES);
  return Array.from({ length: GAMES }, () => draw(random));
}

const mean = (values: readonly number[]): number =>
  Math.round((100 * values.reduce((sum, value) => sum + value, 0)) / values.length) / 100;

function deviation(values: readonly number[]): number {
  const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.round(100 * Math.sqrt(mean(values.map(value => (value - centre) ** 2)))) / 100;
}
