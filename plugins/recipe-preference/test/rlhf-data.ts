/** Made data of both kinds for `rlhf`, small enough for the toy engine: `yes` is preferred to `no`. */
import { TestDirectory } from '@tinsmith/testkit';
import type { Policy } from './scripted.js';

const numbered = (count: number, row: (index: number) => object) =>
  Array.from({ length: count }, (_, index) => `${JSON.stringify(row(index))}\n`).join('');
const answer = (content: string) => [{ role: 'assistant', content }];
const asked = (index: number) => [{ role: 'user', content: `is it ${index}?` }];

const conversation = (index: number) => ({
  messages: [...asked(index), ...answer(index % 2 === 0 ? 'yes' : 'no')],
});
const comparison = (index: number) => ({
  comparison: {
    prompt_conversation: asked(index),
    completion_A: answer(index % 2 === 0 ? 'yes' : 'no'),
    completion_B: answer(index % 2 === 0 ? 'no' : 'yes'),
  },
  label: index % 2 === 0 ? 'A' : 'B',
});

/** Options that name the data; the caller removes the folder. */
export function writeData(): { readonly folder: TestDirectory; readonly data: object } {
  const folder = new TestDirectory();
  void folder.write('answers/train.jsonl', numbered(8, conversation));
  void folder.write('answers/test.jsonl', numbered(2, conversation));
  void folder.write('comparisons/train.jsonl', numbered(8, comparison));
  void folder.write('comparisons/test.jsonl', numbered(4, comparison));
  const at = (name: string) => `${folder.path}/${name}`;
  return { folder, data: { sftDataset: at('answers'), dataset: at('comparisons'), testSplit: 'test' } };
}

/** Both seats: the reward model likes the answer `yes`, else the first place; the policy says `yes` every other time. */
export const likesYes: Policy = (prompt, sample) => {
  const judged = /Completion A .*?assistant\n(\w*).*?Completion B .*?assistant\n(\w*)/s.exec(prompt);
  if (!judged) return sample % 2 === 0 ? 'yes' : 'no';
  return judged[1] !== 'yes' && judged[2] === 'yes' ? 'B' : 'A';
};
