/** Made data of both kinds for `rlhf`, small enough for the toy engine: `yes` is preferred to `no`. */
import { TestDirectory } from '@tinsmith/testkit';

const lines = (rows: readonly object[]) => rows.map(row => `${JSON.stringify(row)}\n`).join('');
const answer = (content: string) => [{ role: 'assistant', content }];
const asked = (index: number) => [{ role: 'user', content: `is it ${index}?` }];

/** Options that name the data; the caller removes the folder. */
export function writeData(): { readonly folder: TestDirectory; readonly data: object } {
  const folder = new TestDirectory();
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
  const numbered = (count: number, row: (index: number) => object) =>
    lines(Array.from({ length: count }, (_, index) => row(index)));
  void folder.write('answers/train.jsonl', numbered(8, conversation));
  void folder.write('answers/test.jsonl', numbered(2, conversation));
  void folder.write('comparisons/train.jsonl', numbered(8, comparison));
  void folder.write('comparisons/test.jsonl', numbered(4, comparison));
  const at = (name: string) => `${folder.path}/${name}`;
  return { folder, data: { sftDataset: at('answers'), dataset: at('comparisons'), testSplit: 'test' } };
}
