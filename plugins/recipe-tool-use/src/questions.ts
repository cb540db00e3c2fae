/** Questions with short answers, from rows in the form of Search-R1's data sets. */
import { originOf, TinsmithError, type Row } from '@tinsmith/core';

export interface Question {
  readonly question: string;
  readonly goldAnswers: readonly string[];
  /** Where it comes from: metrics are split by it. */
  readonly source: string;
}

/**
 * The right answers stand in `reward_model.ground_truth`, there in `target` or directly, or else in `golden_answers`.
 * @throws QUESTION_INVALID with the place of the row
 */
export function questionOf(row: Row): Question {
  const { question, data_source: source = 'unknown' } = row;
  const goldAnswers = goldAnswersOf(row);
  const isList = Array.isArray(goldAnswers) && goldAnswers.every(answer => typeof answer === 'string');
  if (typeof question === 'string' && isList && typeof source === 'string')
    return { question, goldAnswers, source };
  throw new TinsmithError({
    code: 'QUESTION_INVALID',
    message: 'a question needs its text and a list of right answers',
    at: originOf(row),
    found: `fields ${Object.keys(row).join(', ')}`,
    fix: '{"question": "...", "golden_answers": ["..."], "data_source": "..."}',
  });
}

function goldAnswersOf({ reward_model: model, golden_answers: golden }: Row): unknown {
  const truth = isObject(model) && 'ground_truth' in model ? model['ground_truth'] : golden;
  return isObject(truth) && !Array.isArray(truth) ? truth['target'] : truth;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
