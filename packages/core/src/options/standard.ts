/** Standard Schema: which library a schema comes from is its plugin's choice. */
import type { StandardSchemaV1 } from '@standard-schema/spec';

export type StandardSchema = StandardSchemaV1;
export type StandardIssue = StandardSchemaV1.Issue;
