/** Small data sets in the layout of the real ones, as files. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes JSON lines into the folder and returns the file. */
export function jsonLines(folder: string, name: string, rows: readonly object[]): string {
  const file = join(folder, `${name}.jsonl`);
  writeFileSync(file, rows.map(row => `${JSON.stringify(row)}\n`).join(''));
  return file;
}

export const chats = ['1+1=', '2+2=', '3+3='].map((question, index) => ({
  messages: [
    { role: 'user', content: question },
    { role: 'assistant', content: String(2 * (index + 1)) },
  ],
}));

export const gsm8kRows = [1, 2, 3].map(n => ({ question: `What is ${n} + ${n}?`, answer: `#### ${2 * n}` }));

export const math500Rows = [
  { problem: 'Half of one?', solution: String.raw`It is \boxed{\frac{1}{2}}.` },
  { problem: 'No answer here', solution: 'none' },
  { problem: 'One and one?', solution: String.raw`\boxed{2}` },
];

export const ifevalRows = [
  { key: 1, prompt: 'No commas.', instruction_id_list: ['punctuation:no_comma'], kwargs: [{}] },
  {
    key: 2,
    prompt: 'Five words.',
    instruction_id_list: ['length_constraints:number_words'],
    kwargs: [{ relation: 'at least', num_words: 5, unused: null }],
  },
];
