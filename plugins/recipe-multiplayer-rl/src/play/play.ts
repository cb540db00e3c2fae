/** `tinsmith play`: a game against a base model or a checkpoint, in the terminal or through a pipe, or many against an opponent. */
import { createInterface, type Interface } from 'node:readline';
import {
  type Command,
  type CommandContext,
  type Game,
  type Registry,
  type Seat,
  textOf,
} from '@tinsmith/core';
import {
  messageCompleter,
  mixSeed,
  openSubject,
  type Subject,
  type SubjectRegistries,
} from '@tinsmith/training';
import { type Ending, Table } from '../arena/table.js';
import { optimalPlayer, type Player, randomPlayer } from '../games/players.js';
import { findGame, type PlayRequest, readRequest, usage } from './request.js';

/** The part of a readable stream that is used here. */
export type PlayInput = NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined };

export interface PlayRegistries extends SubjectRegistries {
  readonly games: Registry<Game>;
}

const DEFAULT_GAME = 'TicTacToe-v0';
const PROMPT = '> ';

export function playCommand(
  { games, ...registries }: PlayRegistries,
  input: PlayInput = process.stdin,
): Command {
  return {
    specification: 'v1',
    description: 'Plays a game against a base model or a checkpoint of a run',
    usage,
    async run(context) {
      const request = readRequest(context.arguments, context.cwd);
      const subject = await openSubject(request.subject, registries, context);
      const { gameName } = subject.recipeOptions;
      const name = request.game ?? (typeof gameName === 'string' ? gameName : DEFAULT_GAME);
      const parts = { request, subject, game: await games.get(findGame(name, games.names())) };
      if (request.against === undefined) await playWithPerson(parts, context, input);
      else await playAgainst(parts, context);
    },
  };
}

interface Parts {
  readonly request: PlayRequest;
  readonly subject: Subject;
  readonly game: Game;
}

/** Who writes what the model writes: its weights, or those of the base model. */
async function modelPlayer(
  { request, subject, game }: Parts,
  signal: AbortSignal,
  weights: 'sampling' | 'baseSampling' = 'sampling',
): Promise<Player> {
  const { maxTokens, temperature } = request;
  const { renderer } = subject;
  const complete = messageCompleter(await subject[weights](), {
    renderer,
    stop: game.stop,
    maxTokens,
    temperature,
  });
  return async (position, { seed }) => {
    const content = position.observe(position.turn!);
    return textOf(await complete([{ role: 'user', content }], { seed, signal })); // as in training, with its white space
  };
}

async function playWithPerson(
  parts: Parts,
  { print, warn, signal }: CommandContext,
  input: PlayInput,
): Promise<void> {
  const { request, subject, game } = parts;
  const { seat, seed } = request;
  const model = await modelPlayer(parts, signal);
  const table = new Table(game.start(seed));
  const isTyped = input.isTTY === true;
  const lines = createInterface({
    input,
    ...(isTyped && { output: process.stderr, prompt: PROMPT }),
    signal,
  });
  if (isTyped) warn(`${subject.label} plays. A line is a move, as ${table.position.moves[0]}; /exit ends.`);
  try {
    const typed = lines[Symbol.asyncIterator]();
    for (let turn = 0; !table.isOver; turn++) {
      if (table.position.turn === seat) {
        if (isTyped) show(table, seat, lines, warn);
        const move = await personsMove(typed, table, { warn, isTyped, lines });
        if (move === undefined) return warn('the game was left');
        table.write(seat, move);
      } else {
        const written = await model(table.position, { seed: mixSeed(seed, turn) });
        table.write(seat === 0 ? 1 : 0, written);
        print(written.trim());
      }
    }
    if (isTyped) warn(table.position.observe(seat));
    print(result(table.endingFor(seat)));
  } finally {
    lines.close();
  }
}

function show(table: Table, seat: Seat, lines: Interface, warn: (line: string) => void): void {
  warn(table.position.observe(seat));
  lines.prompt();
}

/** A legal move, or undefined at the end of the input. */
async function personsMove(
  typed: AsyncIterator<string>,
  { position }: Table,
  { warn, isTyped, lines }: { warn: (line: string) => void; isTyped: boolean; lines: Interface },
): Promise<string | undefined> {
  for (;;) {
    const { value, done } = await typed.next();
    const line = done === true ? '/exit' : value.trim();
    if (line === '/exit') return undefined;
    if (position.play(line)) return line;
    if (line !== '') warn(`no legal move: ${line}; ${position.moves.join(' ')}`);
    if (isTyped) lines.prompt();
  }
}

/** In the words of who has it. */
const results: Readonly<Record<Ending, string>> = {
  won: 'You have won.',
  drawn: 'It is a draw.',
  lost: 'You have lost.',
  forfeited: 'You have lost by an illegal move.',
  opponent_forfeited: 'You have won: the last move was illegal.',
};
const result = (ending: Ending | undefined) =>
  ending === undefined ? 'The game was left.' : results[ending];

async function playAgainst(parts: Parts, { print, signal }: CommandContext): Promise<void> {
  const { request, game } = parts;
  const model = await modelPlayer(parts, signal);
  const opponents = {
    random: async () => randomPlayer,
    optimal: async () => optimalPlayer(game.start(request.seed)),
    base_model: () => modelPlayer(parts, signal, 'baseSampling'),
  };
  const opponent = await opponents[request.against!]();
  const endings = await Promise.all(
    Array.from({ length: request.games }, (_, index) =>
      playOne(game, index % 2 === 0 ? [model, opponent] : [opponent, model], mixSeed(request.seed, index)),
    ),
  );
  const counted = (...wanted: Ending[]) =>
    endings.filter((ends, index) => wanted.includes(ends[index % 2 === 0 ? 0 : 1])).length;
  print(
    `${counted('won')} won, ${counted('drawn')} drawn, ${counted('lost')} lost, ` +
      `${counted('forfeited')} lost and ${counted('opponent_forfeited')} won by an illegal move, of ${request.games} ` +
      `against ${request.against}`,
  );
}

async function playOne(
  game: Game,
  players: readonly [Player, Player],
  seed: number,
): Promise<readonly [Ending, Ending]> {
  const table = new Table(game.start(seed));
  for (let turn = 0; !table.isOver; turn++) {
    const seat = table.position.turn!;
    table.write(seat, await players[seat](table.position, { seed: mixSeed(seed, turn) }));
  }
  return [table.endingFor(0)!, table.endingFor(1)!];
}
