import { inputTokens } from '@tinsmith/core';
import { createTokenizer } from '@tinsmith/tokenizers';
import { expect, test } from 'vitest';
import { assistant, type Exercise, searchTool, system, user } from '../tasks/index.js';
import { trainBytePairs } from './bpe.js';
import { batchData } from './examples.js';
import { createExerciseRenderer } from './renderers.js';
import { tokenizerFiles } from './tokenizer-files.js';

const files = tokenizerFiles(trainBytePairs(['What is', 'assistant'], 265), 128);
const tokenizer = createTokenizer(files['tokenizer.json'], files['tokenizer_config.json']);
const renderer = createExerciseRenderer(tokenizer);
const dataOf = (exercises: readonly Exercise[]) =>
  batchData(exercises.map(exercise => renderer.example(exercise)));

const chats: Exercise[] = [
  { messages: [user('What is 4 + 5?'), assistant('9'), user('What is 10 + 5?'), assistant('15')] },
  { messages: [user('Hi'), assistant('Hello')] },
];

/** What the model is to say. */
function targetsOf(exercise: Exercise): string {
  const [{ lossFnInputs }] = dataOf([exercise]) as [ReturnType<typeof dataOf>[number]];
  const weights = Array.from(lossFnInputs['weights']!.data);
  const targets = Array.from(lossFnInputs['target_tokens']!.data);
  return tokenizer.decode(targets.filter((_, index) => weights[index]! > 0));
}

test('the targets are what the assistant says and the end of its turn, nothing else', () => {
  expect(chats.map(targetsOf)).toEqual(['9<|im_end|>15<|im_end|>', 'Hello<|im_end|>']);
});

test('earlier turns are given where the exercise says so', () => {
  expect(targetsOf({ ...chats[0]!, onlyLast: true })).toBe('15<|im_end|>');
});

test('thoughts are targets, and the empty ones of a prompt that rules them out are not', () => {
  const thought = { messages: [user('Hi'), assistant('<think>\nwell\n</think>\n\nHello')] };
  expect(targetsOf({ ...thought, renderer: 'qwen3' })).toBe('<think>\nwell\n</think>\n\nHello<|im_end|>');
  expect(targetsOf({ ...chats[1]!, renderer: 'qwen3_disable_thinking' })).toBe('Hello<|im_end|>');
});

test('tools are declared behind the text of the system message', () => {
  const [first] = renderer.prompt({
    messages: [system('Search.'), user('Hi'), assistant('')],
    tools: [searchTool],
  });
  expect(first!.content).toMatch(/^Search\.\n\n# Tools\n[^]*"name": "search"/);
});

test('every target follows its input by one token', () => {
  for (const datum of dataOf(chats)) {
    const inputs = inputTokens(datum.modelInput);
    const targets = Array.from(datum.lossFnInputs['target_tokens']!.data);
    expect(targets.slice(0, -1)).toEqual(inputs.slice(1));
  }
});

test('weights add up to one over the batch, an answer of n tokens to the square root of n times as much', () => {
  const used = dataOf(chats).map(datum =>
    Array.from(datum.lossFnInputs['weights']!.data).filter(weight => weight > 0),
  );
  const [first, second] = used.map(weights => weights.reduce((sum, weight) => sum + weight, 0));
  expect(first! + second!).toBeCloseTo(1, 6);
  expect(first! / second!).toBeCloseTo(Math.sqrt(used[0]!.length / used[1]!.length), 6);
  for (const weights of used) expect(new Set(weights).size).toBe(1);
});
