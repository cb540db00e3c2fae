/** Questions with a number for an answer, as GSM8K writes them, and whether a text gives that number. */
import { originOf, type Row, TinsmithError } from '@tinsmith/core';
import { extractBoxed, extractGsm8kAnswer, type Grader } from '@tinsmith/grader-math';
import { lastNumber } from '@tinsmith/training';

export interface Problem {
  readonly question: string;
  /** The final answer alone. */
  readonly answer: string;
}

/** Throws DATA_PROBLEM_INVALID for a row without a question or without `#### answer`. */
export function readProblem(row: Row): Problem {
  const { question, answer } = row;
  if (typeof question !== 'string' || typeof answer !== 'string') {
    throw invalid(row, `the fields ${Object.keys(row).join(', ')}`);
  }
  try {
    return { question, answer: extractGsm8kAnswer(answer) };
  } catch {
    throw invalid(row, `an answer that ends with ${JSON.stringify(answer.slice(-40))}`);
  }
}

const invalid = (row: Row, found: string) =>
  new TinsmithError({
    code: 'DATA_PROBLEM_INVALID',
    message: 'a problem needs the texts question and answer, and the answer a last line like "#### 42"',
    at: originOf(row),
    found,
  });

export interface GradeOptions {
  readonly grader: Grader;
  /** The answer stands in `\boxed{}`; otherwise the last number of the text is the answer. */
  readonly boxed: boolean;
}

/** False for a text without an answer. */
export async function isRight(
  text: string,
  answer: string,
  { grader, boxed }: GradeOptions,
): Promise<boolean> {
  const given = boxed ? lastBoxed(text) : lastNumber(text);
  return given !== undefined && (await grader.grade(given, answer)).equal;
}

function lastBoxed(text: string): string | undefined {
  try {
    return extractBoxed(text);
  } catch {
    return undefined;
  }
}
