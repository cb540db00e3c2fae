import { expect, test } from 'vitest';
import { checks } from './checks.js';
import { followed, gradeInstructions, InstructionError, readInstruction } from './grade.js';
import { countSentences, wordsOf } from './text.js';

type Case = readonly [id: string, kwargs: object, right: readonly string[], wrong: readonly string[]];

const atLeast = (name: string, count: number) => ({ relation: 'at least', [name]: count });

const cases: readonly Case[] = [
  ['keywords:existence', { keywords: ['Fox', 'dog'] }, ['a FOX and a dog'], ['a fox']],
  ['keywords:forbidden_words', { forbidden_words: ['cat'] }, ['concatenate'], ['a Cat.']],
  ['keywords:frequency', { keyword: 'la', relation: 'at least', frequency: 3 }, ['la La LA'], ['la la']],
  ['keywords:letter_frequency', { letter: 'q', let_relation: 'less than', let_frequency: 2 }, ['Q'], ['qQ']],
  [
    'language:response_language',
    { language: 'de' },
    ['Der schnelle braune Fuchs springt über den faulen Hund und läuft dann in den Wald zurück.'],
    ['The quick brown fox jumps over the lazy dog and then runs back into the forest again.'],
  ],
  [
    'language:response_language',
    { language: 'hi' },
    ['मुझे बहुत खुशी है कि आप आज यहाँ आए हैं और हम सब मिलकर खाना खाएंगे।'],
    ['Мне очень приятно, что вы сегодня пришли сюда и мы вместе поужинаем.'],
  ],
  ['length_constraints:number_words', atLeast('num_words', 3), ['one two-three'], ['one two']],
  [
    'length_constraints:number_sentences',
    { relation: 'less than', num_sentences: 3 },
    ['One. Two!'],
    ['A b. C d? E f.'],
  ],
  [
    'length_constraints:number_paragraphs',
    { num_paragraphs: 2 },
    ['one\n***\ntwo', '***\none\n***\ntwo'],
    ['one', 'one\n***\n***\ntwo'],
  ],
  [
    'length_constraints:nth_paragraph_first_word',
    { num_paragraphs: 2, nth_paragraph: 2, first_word: 'Then' },
    ['First.\n\n"then, it came'],
    ['First.\n\nAfter then', 'then', 'First.\n\nthen\n\nmore'],
  ],
  ['detectable_content:number_placeholders', { num_placeholders: 2 }, ['[name] of [place]'], ['[name]']],
  ['detectable_content:postscript', { postscript_marker: 'P.S.' }, ['Bye\np. s. hello'], ['Bye ps hello']],
  ['detectable_content:postscript', { postscript_marker: 'P.P.S' }, ['Bye\nP.P.S again'], ['P.S. once']],
  [
    'detectable_format:number_bullet_lists',
    { num_bullets: 2 },
    ['* a\n- b'],
    ['* a', '* a\n* b\n* c', '**a**\n* b'],
  ],
  ['detectable_format:constrained_response', {}, ['My answer is maybe.'], ['maybe']],
  [
    'detectable_format:number_highlighted_sections',
    { num_highlights: 2 },
    ['*one* and **two**'],
    ['*one*', '** * ** text'],
  ],
  [
    'detectable_format:multiple_sections',
    { section_spliter: 'SECTION', num_sections: 2 },
    ['SECTION 1\na\nSECTION 2\nb'],
    ['SECTION 1\na'],
  ],
  ['detectable_format:json_format', {}, ['{"a": 1}', '```json\n[1]\n```'], ['{a: 1}', 'Sure: {"a":1}']],
  ['detectable_format:title', {}, ['<<a title>>\ntext'], ['<< >>', '# title']],
  ['combination:two_responses', {}, ['one\n******\ntwo'], ['one', 'one******one', 'a******b******c']],
  [
    'combination:repeat_prompt',
    { prompt_to_repeat: 'Write it.' },
    ['write it. Here: x'],
    ['Here: write it.'],
  ],
  ['startend:end_checker', { end_phrase: 'Any questions?' }, ['So. any questions?"'], ['Any questions? No.']],
  ['startend:quotation', {}, ['"quoted"'], ['"half', '"']],
  [
    'change_case:capital_word_frequency',
    { capital_frequency: 2, capital_relation: 'at least' },
    ['NASA and ESA'],
    ['NASA and Esa'],
  ],
  ['change_case:english_capital', {}, ['THIS IS LOUD AND IT IS WRITTEN IN ENGLISH'], ['This is not']],
  ['change_case:english_lowercase', {}, ['this is quiet and it is written in english'], ['This is not']],
  ['punctuation:no_comma', {}, ['none here'], ['one, here']],
];

test.each(cases)('%s %j', (id, kwargs, right, wrong) => {
  const instruction = [readInstruction(id, kwargs)];
  for (const response of right) expect(followed(response, instruction), response).toEqual([true]);
  for (const response of [...wrong, '', ' \n'])
    expect(followed(response, instruction), response).toEqual([false]);
});

test('every check has a case here', () => {
  expect([...new Set(cases.map(([id]) => id))].toSorted()).toEqual(Object.keys(checks).toSorted());
});

test('strictly the response as it is; loosely without its first and last line and its asterisks', () => {
  const instructions = [
    readInstruction('startend:quotation', {}),
    readInstruction('punctuation:no_comma', {}),
  ];
  expect(gradeInstructions('Sure, here it is:\n"quoted"', instructions)).toMatchObject({
    reward: 0,
    metrics: { prompt_strict: 0, prompt_loose: 1, instruction_share_strict: 0, instruction_share_loose: 1 },
    logs: { not_followed: 'startend:quotation, punctuation:no_comma' },
  });
  expect(gradeInstructions('"quoted"', instructions).reward).toBe(1);
});

test('an instruction that is not known, or lacks an argument, is no instruction that is followed', () => {
  expect(() => readInstruction('detectable_format:haiku', {})).toThrow(InstructionError);
  expect(() => readInstruction('length_constraints:number_words', { num_words: null })).toThrow(/num_words/);
  const odd = [readInstruction('length_constraints:number_words', { num_words: 1, relation: 'about' })];
  expect(() => followed('word', odd)).toThrow('about');
});

test.each([
  ['One. Two! Three?', 3],
  ['Dr. Smith met Mr. Jones at 5 p.m. sharp.', 1],
  ['No end', 1],
  ['He said "Stop." Then he left', 2],
  ['Pi is 3.14 here.', 1],
  ['', 0],
])('%j has %d sentences', (text, count) => {
  expect(countSentences(text)).toBe(count);
});

test('words are runs of letters and digits', () => {
  expect(wordsOf("don't stop, café 42")).toEqual(['don', 't', 'stop', 'café', '42']);
});
