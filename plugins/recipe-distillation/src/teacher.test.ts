import type { Engine, Registry, Tokenizer } from '@tinsmith/core';
import { ToyEngine, toyTokenizer } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import { checkVocabularies, openTeacher } from './teacher.js';

const student = { name: 'small', tokenizer: toyTokenizer };
const like = (changes: Partial<Tokenizer>): Tokenizer => ({ ...toyTokenizer, ...changes });
const check = (tokenizer: Tokenizer) => () => checkVocabularies(student, { name: 'large', tokenizer });

test('takes a teacher with the same pieces, and with padding behind them', () => {
  expect(check(toyTokenizer)).not.toThrow();
  expect(check(like({}))).not.toThrow();
  const padded = like({
    vocabSize: toyTokenizer.vocabSize + 64,
    decode: tokens => toyTokenizer.decode(tokens.filter(token => token < toyTokenizer.vocabSize)),
  });
  expect(check(padded)).not.toThrow();
});

const refused = expect.objectContaining({
  code: 'VOCABULARIES_DIFFER',
  message: expect.stringMatching(/"small".*"large"/),
});

test('refuses a teacher with one other piece, and says which', () => {
  const other = like({ decode: tokens => (tokens[0] === 7 ? 'seven' : toyTokenizer.decode(tokens)) });
  expect(check(other)).toThrow(refused);
  expect(check(other)).toThrow(expect.objectContaining({ found: expect.stringContaining('token 7') }));
});

test('refuses a teacher with more pieces', () => {
  const size = toyTokenizer.vocabSize;
  const larger = like({
    vocabSize: size + 1,
    decode: tokens => (tokens[0] === size ? 'more' : toyTokenizer.decode(tokens)),
  });
  expect(check(larger)).toThrow(refused);
});

test('refuses a teacher that cuts text into other pieces of the same table', () => {
  expect(check(like({ encode: text => toyTokenizer.encode(text).toReversed() }))).toThrow(refused);
});

test('looks for the teacher on an engine of its own, and says so with both names before it is opened', async () => {
  class Strange extends ToyEngine {
    override async getTokenizer() {
      return like({ decode: () => '?' });
    }
  }
  const engines: Registry<Engine> = {
    names: () => ['other'],
    has: name => name === 'other',
    get: async () => new Strange('/nowhere'),
  };
  const own = { modelName: 'small', engine: new ToyEngine('/nowhere'), tokenizer: toyTokenizer };
  await expect(openTeacher({ teacherModel: 'large', teacherEngine: 'other' }, own, engines)).rejects.toThrow(
    refused,
  );
  const teacher = await openTeacher({ teacherModel: 'large' }, own, engines);
  expect(teacher).toHaveProperty('computeLogprobs');
});
