import { definePlugin, type GamePosition, Games, type Seat } from '@tinsmith/core';

/** Count to ten together, one or two numbers at a time; whoever says ten wins. */
function reached(count: number, turn: Seat = 0, told = ''): GamePosition {
  const isOver = count >= 10;
  const other = turn === 0 ? 1 : 0;
  return {
    turn: isOver ? undefined : turn,
    winner: isOver ? other : undefined,
    moves: isOver ? [] : count === 9 ? ['[1]'] : ['[1]', '[2]'],
    key: `${count} ${turn}`,
    observe: seat => `You are player ${seat}. Add [1] or [2]; whoever reaches 10 wins.${told} Now: ${count}.`,
    play(written) {
      const added = Number(/\[([12])\]/.exec(written)?.[1]);
      if (isOver || Number.isNaN(added) || count + added > 10) return undefined;
      return reached(count + added, other, `${told} Player ${turn} wrote ${written.trim()}.`);
    },
  };
}

export default definePlugin({
  name: 'count-to-ten',
  version: '1.0.0',
  setup({ provide }) {
    provide(Games, 'CountToTen-v0', {
      create: () => ({ specification: 'v1' as const, stop: [']\n'], start: () => reached(0) }),
    });
  },
});
