/** Tic-tac-toe: rules and texts of TextArena 0.7.4 (MIT licence), `TicTacToe-v0`. Seat 0 begins and has the O. */
import type { Game, GamePosition, Seat } from '@tinsmith/core';
import { pythonInt } from '@tinsmith/training/options';
import { Transcript } from './transcript.js';

export type Mark = 'O' | 'X';
/** Nine cells, row by row; undefined: free. */
export type Board = readonly (Mark | undefined)[];

const MARKS = ['O', 'X'] as const;
const LINES = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8],
  [0, 3, 6],
  [1, 4, 7],
  [2, 5, 8],
  [0, 4, 8],
  [2, 4, 6],
] as const;

const rules = (seat: Seat) =>
  `You are Player ${seat} in Tic Tac Toe.\n` +
  'Your goal is to win three in a row (horizontally, vertically, or diagonally) on the board.\n' +
  'On your turn, you should select the square number (0-8) you want to put your mark in next.\n' +
  "For example, '[4]' places your mark in the center cell of the board.\n\n" +
  `As Player ${seat}, you will be '${MARKS[seat]}', while your opponent is '${seat === 0 ? MARKS[1] : MARKS[0]}'.\n`;

export const ticTacToe: Game = {
  specification: 'v1',
  stop: [']\n'],
  start: () => ticTacToePosition(Array.from({ length: 9 }, () => undefined)),
};

/** Any board, whoever's turn it is. `before`: what has been told so far. */
export function ticTacToePosition(
  board: Board,
  next: Seat = 0,
  before = new Transcript(rules),
): GamePosition {
  const winner = winnerOf(board);
  const free = [...board.keys()].filter(cell => board[cell] === undefined);
  const isOver = winner !== undefined || free.length === 0;
  const transcript = before.said(boardText(board, free));

  return {
    turn: isOver ? undefined : next,
    winner,
    moves: isOver ? [] : free.map(cell => `[${cell}]`),
    key: board.map(mark => mark ?? '-').join('') + next,
    observe: seat => transcript.readBy(seat),

    play(written) {
      const [, digits = ''] = /\[\s*(\p{Nd}+)\s*\]/u.exec(written) ?? []; // digits of any script, as Python's \d
      const cell = Number(pythonInt(digits));
      if (isOver || !free.includes(cell)) return undefined;
      const mark = MARKS[next];
      const told = transcript
        .wrote(next, written)
        .said(`Player ${next} placed their symbol (${mark}) in cell ${cell}.`);
      return ticTacToePosition(board.with(cell, mark), next === 0 ? 1 : 0, told);
    },
  };
}

function winnerOf(board: Board): Seat | undefined {
  const line = LINES.find(([a, b, c]) => board[a] && board[a] === board[b] && board[a] === board[c]);
  if (!line) return undefined;
  return board[line[0]] === MARKS[0] ? 0 : 1;
}

function boardText(board: Board, free: readonly number[]): string {
  const cells = board.map((mark, cell) => ` ${mark ?? cell} `);
  const rows = [0, 3, 6].map(first => cells.slice(first, first + 3).join('|'));
  const moves = free.map(cell => `'[${cell}]'`).join(', ');
  return `Current Board:\n\n${rows.join('\n---+---+---\n')}\n\nAvailable Moves: ${moves}`;
}
