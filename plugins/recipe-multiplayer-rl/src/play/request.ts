/** The command line of `tinsmith play`, read strictly. */
import { nearest, readCommandArguments, type Seat, TinsmithError } from '@tinsmith/core';
import { readSubject, subjectFlags, type SubjectRequest, subjectUsage } from '@tinsmith/training';

export const usage = `  tinsmith play RUN|MODEL [--game NAME] [--seat 0|1]
  tinsmith play RUN|MODEL [--game NAME] --against random|optimal|base_model [--games N]

${subjectUsage}
  --game NAME          tictactoe, nim, or one that a plugin of the config provides; default: the run's, or tictactoe
  --seat 0|1           where you sit; default 0: you begin
  --against NAME       the model plays against this one instead, in both seats in turn, and the results are counted
  --games N            how many; default 20
  --max-tokens N       of a turn; default 64
  --temperature T      default 1; 0 always takes the likeliest token
  --seed N             default 0

A line is a move, as the game writes it: [4]. An illegal one of yours can be made again, one of the model ends the game. /exit (or
the end of the input) ends. With input from a pipe only the model's moves and the result are printed.`;

const flags = {
  ...subjectFlags,
  game: 'value',
  seat: 'value',
  against: 'value',
  games: 'value',
  'max-tokens': 'value',
  temperature: 'value',
  seed: 'value',
} as const;

const opponents = ['random', 'optimal', 'base_model'] as const;
export type OpponentName = (typeof opponents)[number];

export interface PlayRequest {
  readonly subject: SubjectRequest;
  /** As it was typed; undefined: the run's, or the default. */
  readonly game: string | undefined;
  /** Of the person who plays. */
  readonly seat: Seat;
  /** Undefined: a person. */
  readonly against: OpponentName | undefined;
  readonly games: number;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly seed: number;
}

/** @throws FLAG_UNKNOWN, ARGUMENT_INVALID, ARGUMENT_MISSING */
export function readRequest(given: readonly string[], cwd: string): PlayRequest {
  const { words, flags: found } = readCommandArguments(given, flags);
  const { against } = found;
  if (against !== undefined && !isOpponent(against))
    throw invalid('there is no such opponent', `--against ${against}`, opponents.join(', '));
  if (against !== undefined && found.seat !== undefined)
    throw invalid('--seat is yours, and --against plays without you', found.seat, 'one of the two');
  if (against === undefined && found.games !== undefined)
    throw invalid('--games counts games against an opponent', found.games, '--against random');
  const seat = number('seat', found.seat ?? '0', value => value === 0 || value === 1);
  return {
    subject: readSubject(words, found, { cwd, question: 'whom to play with?', command: 'play' }),
    game: found.game,
    seat: seat === 0 ? 0 : 1,
    against,
    games: number('games', found.games ?? '20', isCount),
    maxTokens: number('max-tokens', found['max-tokens'] ?? '64', isCount),
    temperature: number('temperature', found.temperature ?? '1', value => value >= 0),
    seed: number('seed', found.seed ?? '0', value => Number.isSafeInteger(value) && value >= 0),
  };
}

/**
 * `tictactoe` is `TicTacToe-v0`, as in the names of runs.
 * @throws GAME_UNKNOWN
 */
export function findGame(name: string, provided: readonly string[]): string {
  const game = provided.find(full => full === name) ?? provided.find(full => short(full) === short(name));
  if (game !== undefined) return game;
  throw new TinsmithError({
    code: 'GAME_UNKNOWN',
    message: `no plugin provides the game "${name}"`,
    at: '--game',
    found: provided.join(', '),
    fix: `--game ${nearest(short(name), provided.map(short)) ?? short(provided[0] ?? name)}`,
  });
}

/** As in the names of runs. */
const short = (full: string) => full.toLowerCase().replace(/-v0$/, '');
const isOpponent = (name: string): name is OpponentName => (opponents as readonly string[]).includes(name);
const isCount = (value: number) => Number.isSafeInteger(value) && value > 0;

function number(flag: string, text: string, isRight: (value: number) => boolean): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && isRight(value)) return value;
  throw invalid(`--${flag} cannot be this`, text, `--${flag} N, see tinsmith play --help`);
}

const invalid = (message: string, found: string, fix: string) =>
  new TinsmithError({ code: 'ARGUMENT_INVALID', message, found, fix });
