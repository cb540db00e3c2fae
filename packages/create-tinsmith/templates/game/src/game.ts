/** A race to 21: in turn, each adds 1, 2 or 3; whoever reaches 21 wins. */
import type { Game, GamePosition, Seat } from '@tinsmith/core';

const GOAL = 21;
const STEPS = [1, 2, 3];

const rules = (seat: Seat) =>
  `You are player ${seat} in a race to ${GOAL}. In turn, each adds 1, 2 or 3 to the total: write [1], [2] or [3]. ` +
  `Whoever reaches ${GOAL} wins.`;

export const {{camel}}: Game = {
  specification: 'v1',
  stop: [']\n'], // a model's turn ends here
  start: () => position(0, 0, []),
};

/** A position never changes: a move makes another one. */
function position(total: number, next: Seat, told: readonly string[]): GamePosition {
  const isOver = total === GOAL;
  const other = next === 0 ? 1 : 0;
  const legal = STEPS.filter(step => total + step <= GOAL);
  return {
    turn: isOver ? undefined : next,
    winner: isOver ? other : undefined, // who has moved last
    moves: legal.map(step => `[${step}]`),
    key: `${total}:${next}`,
    observe: seat => [rules(seat), ...told, `The total is ${total}.`].join('\n'),

    play(written) {
      const step = Number(/\[(\d)\]/.exec(written)?.[1]);
      if (!legal.includes(step)) return undefined;
      return position(total + step, other, [...told, `Player ${next} adds ${step}.`]);
    },
  };
}
