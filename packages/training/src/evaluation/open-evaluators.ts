/** Evaluators as a config names them: found, their options checked, all problems at once. */
import {
  amend,
  type Evaluator,
  type EvaluatorSource,
  parseOptions,
  type Registry,
  TinsmithError,
} from '@tinsmith/core';
import { z } from 'zod';
import { allOrProblems } from '../all-or-problems.js';

export const evaluatorList = z
  .array(
    z.union([
      z.string(),
      z.strictObject({ use: z.string(), with: z.record(z.string(), z.unknown()).default({}) }),
    ]),
  )
  .default([]);

/** A name, or a name with options. */
export type EvaluatorList = z.output<typeof evaluatorList>;

/**
 * @param at where the list stands in the config, e.g. `recipe.with.evaluators`
 * @throws PROVIDER_MISSING with the evaluators there are; OPTION_MISSING, OPTION_INVALID, OPTION_UNKNOWN
 */
export async function openEvaluators(
  list: EvaluatorList,
  registry: Registry<EvaluatorSource>,
  at: string,
): Promise<Evaluator[]> {
  return allOrProblems(
    list.map(async (entry, index) => {
      const { use, with: given } = typeof entry === 'string' ? { use: entry, with: {} } : entry;
      const source = await registry.get(use).catch((error: unknown) => {
        throw TinsmithError.is(error) ? amend(error, { at: `${at}.${index}` }) : error;
      });
      const place = { at: `${at}.${index}.with`, owner: `the evaluator "${use}"` };
      return source.create(await parseOptions(source.options, given, place));
    }),
  );
}
