/** One move in tic-tac-toe, from the whole history of a game in the words of TextArena 0.7.4. */
import { assistant, type Exercise, user } from './exercise.js';
import type { Random } from './random.js';

type Mark = 'O' | 'X';
type Board = readonly (Mark | undefined)[];

const marks = ['O', 'X'] as const;
const lines = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8],
  [0, 3, 6],
  [1, 4, 7],
  [2, 5, 8],
  [0, 4, 8],
  [2, 4, 6],
] as const;

/** The fixed parts of an observation, longest first where one begins like another. */
export const ticTacToeTexts: readonly string[] = [
  '\n[GAME] You are Player ',
  ' in Tic Tac Toe.\nYour goal is to win three in a row (horizontally, vertically, or diagonally) on the board.\n' +
    'On your turn, you should select the square number (0-8) you want to put your mark in next.\n' +
    "For example, '[4]' places your mark in the center cell of the board.\n\nAs Player ",
  ", you will be '",
  "', while your opponent is '",
  "'.\n\n[GAME] Current Board:\n\n ",
  ' | ',
  ' \n---+---+---\n ',
  " \n\nAvailable Moves: '[",
  "]', '[",
  "]'\n[Player ",
  ']\n\n[GAME] Player ',
  ']\n[GAME] Player ',
  ' placed their symbol (',
  ') in cell ',
  '.\n[GAME] Current Board:\n\n ',
];

const freeCells = (board: Board): number[] => [...board.keys()].filter(cell => board[cell] === undefined);
const hasWon = (board: Board, mark: Mark): boolean =>
  lines.some(line => line.every(cell => board[cell] === mark));

function boardText(board: Board): string {
  const cells = board.map((mark, cell) => mark ?? String(cell));
  const rows = [0, 3, 6].map(start => ` ${cells.slice(start, start + 3).join(' | ')} `);
  const moves = freeCells(board).map(cell => `'[${cell}]'`);
  return `[GAME] Current Board:\n\n${rows.join('\n---+---+---\n')}\n\nAvailable Moves: ${moves.join(', ')}`;
}

const introduction = (player: 0 | 1): string =>
  `\n[GAME] You are Player ${player} in Tic Tac Toe.\n` +
  'Your goal is to win three in a row (horizontally, vertically, or diagonally) on the board.\n' +
  'On your turn, you should select the square number (0-8) you want to put your mark in next.\n' +
  "For example, '[4]' places your mark in the center cell of the board.\n\n" +
  `As Player ${player}, you will be '${marks[player]}', while your opponent is '${marks[1 - player]!}'.\n\n`;

export interface TicTacToeHabits {
  /** A move wins, or keeps the other from winning, where one can. */
  readonly skill: number;
  /** A move takes a cell that is taken. */
  readonly illegal: number;
  /** Only the board is shown, not how it came about, and later in the game: short, and few moves are legal. */
  readonly bareBoards: number;
}

/**
 * A position after zero to eight random moves, and a free cell: with probability `skill` one that wins or keeps the
 * other from winning if there is one. `illegal` of the answers are a cell that is taken. The answer ends with a line
 * end, since the Cookbook stops at `]⏎`.
 */
export function ticTacToeMove(random: Random, habits: TicTacToeHabits): Exercise {
  const { bareBoards } = habits;
  for (;;) {
    // Without bare boards no number is drawn for it: the exercises of `beginner` stay what they were.
    const isBare = bareBoards > 0 && random.chance(bareBoards);
    const count = isBare ? Math.max(random.integer(0, 8), random.integer(0, 8)) : random.integer(0, 8);
    const board: (Mark | undefined)[] = Array.from({ length: 9 }, () => undefined);
    const lineEnd = random.chance(0.5) ? '\n' : '';
    const player = (count % 2) as 0 | 1;
    const start = introduction(player);
    let text = start + boardText(board);
    random.sample([...board.keys()], count).forEach((cell, move) => {
      const mover = (move % 2) as 0 | 1;
      board[cell] = marks[mover];
      text +=
        `\n[Player ${mover}] [${cell}]${lineEnd}\n[GAME] Player ${mover} placed their symbol (${marks[mover]}) in cell ${cell}.\n` +
        boardText(board);
    });
    if (marks.some(mark => hasWon(board, mark))) continue;
    const answer = chooseCell(board, marks[player], random, habits);
    if (isBare) text = start + boardText(board);
    return { messages: [user(text), assistant(`[${answer}]\n`)] };
  }
}

function chooseCell(board: Board, mark: Mark, random: Random, { skill, illegal }: TicTacToeHabits): number {
  const free = freeCells(board);
  const taken = [...board.keys()].filter(cell => board[cell] !== undefined);
  if (taken.length > 0 && random.chance(illegal)) return random.sample(taken, 1)[0]!;
  const other = mark === 'O' ? 'X' : 'O';
  const completes = (owner: Mark) => free.find(cell => hasWon(board.with(cell, owner), owner));
  const clever = random.chance(skill) ? (completes(mark) ?? completes(other)) : undefined;
  return clever ?? random.sample(free, 1)[0]!;
}
