/** IFEval: prompts with instructions that a program can check. */
import { originOf, type Row, type RowSource, TinsmithError } from '@tinsmith/core';
import { z } from 'zod';
import { answerShape, dataShape } from '../answers/options.js';
import { type Instruction, InstructionError, gradeInstructions, readInstruction } from '../ifeval/grade.js';
import { exampleId } from '../answers/task.js';
import { promptMessages, systemPrompt } from './prompt.js';
import { collect, openRows, textField } from './rows.js';
import type { Task } from './task-evaluator.js';

export const ifevalOptions = z.strictObject({
  name: z.string().default('ifeval').describe('For metrics and files.'),
  dataset: z
    .string()
    .default('google/IFEval')
    .describe('Rows with prompt, instruction_id_list and kwargs, one object per instruction.'),
  ...dataShape,
  split: z.string().nullable().default('train').describe('The only one that the benchmark has.'),
  ...answerShape,
  systemPrompt: systemPrompt.default(null),
});

export function ifeval(
  {
    name,
    dataset,
    datasetConfig,
    split,
    maxExamples,
    systemPrompt: system,
    ...options
  }: z.output<typeof ifevalOptions>,
  rows: RowSource | undefined,
): Task {
  return {
    name,
    options,
    async read() {
      const place = { source: dataset, config: datasetConfig, split: split ?? undefined };
      const opened = await openRows<Row>(rows, place, (source, request) => source.open(request));
      return (await collect(opened, { maxExamples })).map(row => {
        const prompt = textField(row, 'prompt');
        const instructions = instructionsOf(row);
        const { key } = row;
        return {
          id:
            typeof key === 'number' || typeof key === 'string'
              ? `ifeval_${key}`
              : exampleId('ifeval', prompt),
          messages: promptMessages(prompt, system),
          grade: (answer: string) => gradeInstructions(answer, instructions),
        };
      });
    },
  };
}

function instructionsOf(row: Row): Instruction[] {
  const { instruction_id_list: ids, kwargs = [] } = row;
  if (!Array.isArray(ids) || ids.length === 0 || !Array.isArray(kwargs))
    throw invalid(row, 'instruction_id_list', 'a row needs its instructions and their arguments as lists');
  return ids.map((id: unknown, index) => {
    const given: unknown = kwargs[index];
    try {
      return readInstruction(String(id), typeof given === 'string' ? JSON.parse(given) : given);
    } catch (error) {
      if (!(error instanceof InstructionError || error instanceof SyntaxError)) throw error;
      throw invalid(row, `kwargs[${index}]`, error.message);
    }
  });
}

const invalid = (row: Row, field: string, message: string) =>
  new TinsmithError({
    code: 'EVALUATION_DATA_INVALID',
    message,
    at: `${originOf(row) ?? 'a row'} ${field}`,
    found: `the fields ${Object.keys(row).join(', ')}`,
  });
