/** Standard Schema, by way of core's contract: which library a schema comes from is its plugin's choice. */
import type { Recipe } from '@tinsmith/core';

export type StandardSchema = Recipe['options'];
type Result = Awaited<ReturnType<StandardSchema['~standard']['validate']>>;
export type StandardIssue = NonNullable<Result['issues']>[number];
