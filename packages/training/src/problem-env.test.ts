import { inputTokens, type Message, modelInput, type Renderer, type Termination } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { type Problem, problemGroup } from './problem-env.js';

/** Prompts are as long as their messages are many; every answer is parsed to what the test says. */
const rendererThatReads = (text: string, termination: Termination) =>
  ({
    stopSequences: ['stop'],
    buildGenerationPrompt: (messages: readonly Message[]) => modelInput(messages.map((_, index) => index)),
    parseResponse: () => ({ message: { role: 'assistant', content: text }, termination }),
  }) as unknown as Renderer;

const problem: Problem = {
  question: 'What is 4 + 5?',
  expected: '9',
  isCorrect: async answer => answer.includes('9'),
  hasFormat: answer => !answer.includes(' '),
};
const action = { tokens: [1], logprobs: [-1], stopReason: 'stop' as const };

async function reward(text: string, termination: Termination = 'stop_sequence') {
  const group = problemGroup(problem, {
    renderer: rendererThatReads(text, termination),
    groupSize: 2,
    tags: ['t'],
  });
  const envs = await group.makeEnvs();
  expect(envs).toHaveLength(2);
  return envs[0]!.step(action);
}

test.each([
  ['9', 'stop_sequence', 1],
  ['8', 'stop_sequence', 0],
  ['9 of course', 'stop_sequence', 0.9],
  ['8 of course', 'stop_sequence', -0.1],
  ['9', 'eos', 0.9],
  ['8', 'malformed', -0.1],
] as const)('gives %j that ended by %s the reward %d', async (text, termination, expected) => {
  expect((await reward(text, termination)).reward).toBeCloseTo(expected, 12);
});

test('tells people what was asked, answered and expected', async () => {
  expect(await reward('8')).toMatchObject({
    episodeDone: true,
    metrics: { correct: 0, format: 1 },
    logs: { question: 'What is 4 + 5?', answer: '8', expected: '9' },
  });
});

test('shows the examples in front of the question', async () => {
  const examples = [
    { role: 'user', content: 'What is 1 + 1?' },
    { role: 'assistant', content: '2' },
  ];
  const renderer = rendererThatReads('', 'eos');
  const group = problemGroup({ ...problem, examples }, { renderer, groupSize: 1, tags: [] });
  const { input, stop } = await (await group.makeEnvs())[0]!.initialObservation();
  expect(inputTokens(input)).toHaveLength(3);
  expect(stop).toEqual(['stop']);
});
