import { askJudge, Judges } from '@tinsmith/core';
import { createTestKit, judgeConformance } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import {{camel}} from './index.js';

const answer = (content: string) => [{ role: 'assistant', content }];
const prompt = [{ role: 'user', content: 'What color is the apple?' }];

judgeConformance({
  plugins: () => [{{camel}}()],
  judge: '{{short}}',
  options: () => ({ words: 4 }),
  clear: { prompt, completionA: answer('The apple is red.'), completionB: answer('Red.') },
});

test('of two answers that are equally far off, neither is better', async () => {
  await using kit = await createTestKit({ plugins: [{{camel}}()] });
  const judge = await (await kit.get(Judges, '{{short}}')).create({ words: 2 });
  const comparison = { prompt, completionA: answer('Red.'), completionB: answer('It is red.') };
  expect(await askJudge(judge, comparison)).toEqual({ score: 0 });
});
