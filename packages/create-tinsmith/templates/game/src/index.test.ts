import { Games } from '@tinsmith/core';
import { createTestKit, gameConformance } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import {{camel}} from './index.js';

gameConformance({ plugins: [{{camel}}()], game: '{{short}}' });

test('whoever reaches 21 wins, and nobody may go beyond it', async () => {
  await using kit = await createTestKit({ plugins: [{{camel}}()] });
  let position = (await kit.get(Games, '{{short}}')).start(0);
  for (let turn = 0; turn < 6; turn++) position = position.play('I add [3]')!;
  expect(position.play('[2]')!.moves).toEqual(['[1]']);
  expect(position.play('[2]')!.play('[3]')).toBeUndefined();
  expect(position.play('[3]')).toMatchObject({ turn: undefined, winner: 0 });
});
