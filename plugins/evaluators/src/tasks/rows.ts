/** Rows of a data set as texts, with the place in messages. */
import { originOf, type Row, type Rows, type RowSource, TinsmithError } from '@tinsmith/core';
import type { DataOptions } from '../answers/options.js';

export interface RowPlace {
  readonly source: string;
  readonly config?: string | undefined;
  readonly split?: string | undefined;
}

/** @throws ROW_SOURCE_MISSING without a plugin that reads data, and the errors of the row source */
export async function openRows<R>(
  rows: RowSource | undefined,
  { source, config, split }: RowPlace,
  open: (rows: RowSource, request: RowPlace) => Promise<Rows<R>>,
): Promise<Rows<R>> {
  if (rows) return open(rows, { source, config, split });
  throw new TinsmithError({
    code: 'ROW_SOURCE_MISSING',
    message: 'no plugin of the config reads data sets',
    at: 'plugins',
    found: `a data set: ${source}`,
    fix: 'add @tinsmith/datasets-hub to `plugins`',
  });
}

/** At most so many. */
export async function collect<R>(
  rows: Rows<R>,
  { maxExamples }: Pick<DataOptions, 'maxExamples'>,
): Promise<R[]> {
  const all: R[] = [];
  for await (const row of maxExamples === undefined ? rows : rows.take(maxExamples)) all.push(row);
  return all;
}

/** @throws EVALUATION_DATA_INVALID with the place of the row */
export function textField(row: Row, field: string): string {
  const value = row[field];
  if (typeof value === 'string') return value;
  throw new TinsmithError({
    code: 'EVALUATION_DATA_INVALID',
    message: `the field ${field} must be a text`,
    at: `${originOf(row) ?? 'a row'} ${field}`,
    found: value === undefined ? `the fields ${Object.keys(row).join(', ')}` : typeof value,
  });
}
