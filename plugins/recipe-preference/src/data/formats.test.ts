import { withOrigin } from '@tinsmith/core';
import { expect, test } from 'vitest';
import {
  arena,
  helpSteer2,
  helpSteer3,
  hhh,
  ownComparison,
  type ReadRow,
  tulu3,
  ultraFeedback,
} from './formats.js';

const said = (role: string, content: string) => ({ role, content });
const question = [said('user', 'How many?')];
const comparison = (better: string, worse: string, label = 'A') => ({
  labelled: {
    comparison: {
      prompt: question,
      completionA: [said('assistant', better)],
      completionB: [said('assistant', worse)],
    },
    label,
  },
});
const arenaSaid = (role: string, ...texts: string[]) => ({
  role,
  content: texts.map(text => ({ type: 'text', text, image: null })),
});

test.each<[string, ReadRow, object, object]>([
  [
    'hh-rlhf',
    hhh,
    { chosen: '\n\nHuman: How many?\n\nAssistant: Two.', rejected: '\n\nHuman: How many?\n\nAssistant: No.' },
    comparison('Two.', 'No.'),
  ],
  [
    'HelpSteer3, where a negative number prefers the first',
    helpSteer3,
    { context: question, response1: 'Two.', response2: 'No.', overall_preference: -2 },
    comparison('Two.', 'No.'),
  ],
  [
    'HelpSteer3, where a positive number prefers the second',
    helpSteer3,
    { context: question, response1: 'No.', response2: 'Two.', overall_preference: 1n },
    comparison('No.', 'Two.', 'B'),
  ],
  [
    'UltraFeedback',
    ultraFeedback,
    { instruction: 'How many?', chosen_response: 'Two.', rejected_response: 'No.' },
    comparison('Two.', 'No.'),
  ],
  [
    'the Tulu 3 mixture',
    tulu3,
    {
      prompt: 'How many?',
      chosen: [...question, said('assistant', 'Two.')],
      rejected: [...question, said('assistant', 'No.')],
    },
    comparison('Two.', 'No.'),
  ],
  [
    'Arena, whose texts come in pieces',
    arena,
    {
      winner: 'model_b',
      conversation_a: [arenaSaid('user', 'How many?'), arenaSaid('assistant', 'Two,', 'at least.')],
      conversation_b: [arenaSaid('user', 'How many?'), arenaSaid('assistant', 'No.')],
    },
    comparison('Two, at least.', 'No.', 'B'),
  ],
  [
    'HelpSteer2, paired',
    helpSteer2,
    { prompt: 'How many?', chosen_response: 'Two.', rejected_response: 'No.' },
    comparison('Two.', 'No.'),
  ],
  [
    'a file of labelled comparisons',
    ownComparison,
    {
      comparison: {
        prompt_conversation: question,
        completion_A: [said('assistant', 'Two.')],
        completion_B: [said('assistant', 'No.')],
      },
      label: 'Tie',
    },
    comparison('Two.', 'No.', 'Tie'),
  ],
])('reads %s', (_, read, row, expected) => {
  expect(read(row as never)).toEqual(expected);
});

const own = (a: readonly object[], b: readonly object[]) => ({
  comparison: { prompt_conversation: question, completion_A: a, completion_B: b },
  label: 'A',
});
const hh = (chosen: string, rejected: string) => ({
  chosen: `\n\nHuman: a\n\nAssistant: ${chosen}`,
  rejected: `\n\nHuman: a\n\nAssistant: ${rejected}`,
});

test.each<[string, ReadRow, object, RegExp]>([
  ['two conversations that are equal', hhh, hh('b', 'b'), /more than the last message, or not at all/],
  [
    'conversations that differ earlier',
    hhh,
    hh('b\n\nHuman: c\n\nAssistant: d', 'x\n\nHuman: c\n\nAssistant: e'),
    /more than the last message/,
  ],
  ['conversations of different lengths', hhh, hh('b\n\nHuman: c\n\nAssistant: d', 'b'), /more than the last/],
  ['an empty answer', hhh, hh('', 'c'), /an answer is empty/],
  [
    'a conversation that the user ends',
    hhh,
    { chosen: '\n\nHuman: a', rejected: '\n\nHuman: b' },
    /does not end with an answer/,
  ],
  [
    'a tie of HelpSteer3',
    helpSteer3,
    { context: question, response1: 'a', response2: 'b', overall_preference: 0 },
    /a tie/,
  ],
  ['a tie of Arena', arena, { winner: 'tie', conversation_a: [], conversation_b: [] }, /a tie/],
  [
    'an image in Arena',
    arena,
    {
      winner: 'model_a',
      conversation_a: [{ role: 'user', content: [{ type: 'image' }] }],
      conversation_b: [],
    },
    /something else than text/,
  ],
  ['a completion without a message', ownComparison, own([], [said('assistant', 'b')]), /does not end/],
  [
    'a completion of spaces',
    ownComparison,
    own([said('assistant', 'a')], [said('assistant', ' \n')]),
    /an answer is empty/,
  ],
])('passes over %s', (_, read, row, reason) => {
  expect(read(row as never)).toEqual({ skipped: expect.stringMatching(reason) });
});

test.each<[string, ReadRow, object]>([
  ['a row of another data set', hhh, { question: 'a', answer: 'b' }],
  ['an unknown label', ownComparison, { ...own([], []), label: 'C' }],
  ['a message without content', ownComparison, own([{ role: 'assistant' }], [])],
])('refuses %s, with its place and its fields', (_, read, row) => {
  expect(() => read(withOrigin(row, 'train.jsonl:17') as never)).toThrow(
    expect.objectContaining({ code: 'COMPARISON_INVALID', at: 'train.jsonl:17' }),
  );
});
