/** A look at conversations before a run: what is wrong at their beginning is said before anything is created. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { RowRequest, RowSource } from '@tinsmith/core';

/** Enough for most files, read in a second. */
const LOOKED_AT = 10_000;

/** What can only be a data set on the hub, unless a folder has the name. */
const hubId = /^[\w-][\w.-]*\/[\w-][\w.-]*$/;

/** Whether data is to be fetched first: what is there already can be looked at before a run. */
export const isOnHub = (source: string): boolean => hubId.test(source) && !existsSync(resolve(source));

/**
 * Reads the first rows of data on this machine. Data on the hub is left to the run, which fetches it.
 * @throws the errors of the row source, with file, line and field
 */
export async function checkConversations(rows: RowSource, request: RowRequest): Promise<void> {
  const { source } = request;
  if (isOnHub(source)) return;
  const opened = await rows.conversations(request);
  for await (const _ of opened.take(LOOKED_AT));
}
