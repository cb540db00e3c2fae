/** The environments `polaris` and `deepmath`: problems whose answer is a field of the row, to train on only. */
import type { Environment, Row, RowSource } from '@tinsmith/core';
import { z } from 'zod';
import { boxedEnvironment, boxedShape, textOfField } from './boxed.js';

interface Answered {
  /** The environment, and the tag of its problems. */
  readonly name: string;
  readonly dataset: string;
  readonly question: string;
  readonly answer: string;
}

const POLARIS: Answered = {
  name: 'polaris',
  dataset: 'POLARIS-Project/Polaris-Dataset-53K',
  question: 'problem',
  answer: 'answer',
};

const DEEPMATH: Answered = {
  name: 'deepmath',
  dataset: 'zwhe99/DeepMath-103K',
  question: 'question',
  answer: 'final_answer',
};

const optionsOf = ({ dataset, question, answer }: Answered) =>
  z.strictObject({
    dataset: z.string().default(dataset).describe(`Rows with ${question} and ${answer}.`),
    trainSplit: z.string().default('train'),
    ...boxedShape,
    fewShot: boxedShape.fewShot.default(false),
  });

export const polarisOptions = optionsOf(POLARIS);
export const deepmathOptions = optionsOf(DEEPMATH);

export const polaris = (rows: RowSource): Environment & AsyncDisposable => answered(POLARIS, rows);
export const deepmath = (rows: RowSource): Environment & AsyncDisposable => answered(DEEPMATH, rows);

function answered(data: Answered, rows: RowSource): Environment & AsyncDisposable {
  return boxedEnvironment(
    {
      options: optionsOf(data),
      tag: data.name,
      ask(row: Row) {
        const question = textOfField(row, data.question);
        const expected = textOfField(row, data.answer);
        return question !== undefined && expected !== undefined ? { question, expected } : undefined;
      },
      async open(source, { dataset, trainSplit }, { groupsPerBatch, seed }) {
        const train = (await source.open({ source: dataset, split: trainSplit })).shuffle({ seed });
        return { train: await train.batches({ size: groupsPerBatch, partial: 'keep' }).table() };
      },
    },
    rows,
  );
}
