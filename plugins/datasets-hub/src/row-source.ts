/** The row source that the plugin provides: finds the files, gives out lazy rows, owns the temporary copies. */
import type { Conversation, Row, RowRequest, Rows, RowSource } from '@tinsmith/core';
import type { Hub } from '@tinsmith/hub';
import { checkConversation } from './conversations.js';
import { type Located, locate } from './locate.js';
import { formatOf } from './read/data-file.js';
import { type ReadOptions, readRows } from './read/rows-of-file.js';
import { LazyRows } from './rows/lazy-rows.js';
import { sourcePlan } from './rows/plan.js';
import { jsonCodec, Spools, structuredCodec } from './rows/spool.js';

export interface RowSourceOptions {
  readonly hub: Hub;
  /** Bytes of one row in a text format. */
  readonly maxRowBytes: number;
  /** Bytes of one message of a conversation. */
  readonly maxMessageBytes: number;
}

export interface FileRowSource extends RowSource {
  /** Removes temporary copies. Tables and shuffled rows cannot be used after it. */
  close(): Promise<void>;
}

export function createRowSource({ hub, maxRowBytes, maxMessageBytes }: RowSourceOptions): FileRowSource {
  const spools = new Spools();
  // Rows are checked as they are read, so that a shuffle, which reads all, finds what is wrong before the first row is used.
  const openWith = async <R extends Row>(request: RowRequest, check: (row: Row) => R): Promise<Rows<R>> => {
    const located = await locate(request, hub);
    const isParquet = located.files.some(file => formatOf(file.path)?.format === 'parquet');
    const codec = isParquet ? structuredCodec : jsonCodec;
    const options: ReadOptions = { columns: request.columns, maxRowBytes };
    return new LazyRows(
      sourcePlan<R>({
        identity: request.columns ? `${located.identity} [${request.columns.join(', ')}]` : located.identity,
        name: located.name,
        async *read(from) {
          for await (const row of readAll(located, options, from)) yield check(row);
        },
        copy: rows => spools.copy(rows, codec),
      }),
    );
  };
  return {
    open: request => openWith(request, row => row),
    conversations: request => openWith<Conversation>(request, row => checkConversation(row, maxMessageBytes)),
    close: () => spools.close(),
  };
}

async function* readAll({ files }: Located, options: ReadOptions, from: number): AsyncGenerator<Row> {
  const [only] = files;
  if (files.length === 1) {
    yield* readRows(only!, options, from);
    return;
  }
  let index = 0;
  for (const file of files) {
    for await (const row of readRows(file, options)) {
      if (index++ >= from) yield row;
    }
  }
}
