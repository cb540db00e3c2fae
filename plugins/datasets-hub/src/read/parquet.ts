/** Rows of a parquet file. Holds one row group in memory, which is the unit that parquet can be read in. */
import { open } from 'node:fs/promises';
import { messageOf, type Row, withOrigin } from '@tinsmith/core';
import type { FileMetaData } from 'hyparquet';
import { problem, unknownColumn } from '../problem.js';
import { explain, refusePointer } from './bytes.js';
import type { DataFile } from './data-file.js';

/** @param from rows to leave out at the beginning; whole row groups among them are not read. */
export async function* readParquet(
  file: DataFile,
  { columns, from }: { columns: readonly string[] | undefined; from: number },
): AsyncGenerator<Row> {
  const { parquetReadObjects, parquetMetadataAsync, parquetSchema } = await import('hyparquet');
  const { compressors } = await import('hyparquet-compressors');
  await using handle = await open(file.path).catch((error: unknown) => {
    throw explain(error, file);
  });
  const { size: byteLength } = await handle.stat();
  const source = {
    byteLength,
    async slice(start: number, end = byteLength): Promise<ArrayBuffer> {
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
      if (bytesRead < bytes.length) throw new Error('the file ends before its last page');
      return bytes.buffer;
    },
  };
  refusePointer(Buffer.from(await source.slice(0, Math.min(64, byteLength))), file);
  const metadata = await parquetMetadataAsync(source).catch((error: unknown) => {
    throw damaged(file, 'the file is not parquet, or its end is missing', error);
  });
  const names = parquetSchema(metadata).children.map(column => column.element.name);
  const missing = columns?.find(column => !names.includes(column));
  if (missing !== undefined) throw unknownColumn(missing, names, file.name);

  let groupStart = 0;
  for (const [index, group] of metadata.row_groups.entries()) {
    const groupEnd = groupStart + Number(group.num_rows);
    if (groupEnd > from) {
      const range = { rowStart: Math.max(from, groupStart), rowEnd: groupEnd };
      const selected = columns ? { columns: [...columns] } : {};
      // utf8: only columns that are declared as text are text; the others are bytes, e.g. images
      const read = {
        file: source,
        metadata,
        compressors,
        parsers: PARSERS,
        utf8: false,
        ...selected,
        ...range,
      };
      const rows = await parquetReadObjects(read).catch((error: unknown) => {
        throw damaged(file, groupName(metadata, index, groupStart, groupEnd), error);
      });
      if (rows.length !== groupEnd - range.rowStart) {
        const place = groupName(metadata, index, groupStart, groupEnd);
        throw damaged(file, place, new Error(`${rows.length} of ${groupEnd - range.rowStart} rows`));
      }
      for (const [i, row] of rows.entries()) {
        yield withOrigin(plain(row) as Row, `${file.name} row ${range.rowStart + i + 1}`);
      }
    }
    groupStart = groupEnd;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
const PARSERS = { stringFromBytes: (bytes: Uint8Array): string => utf8.decode(bytes) };

function groupName(metadata: FileMetaData, index: number, start: number, end: number): string {
  return `row group ${index + 1} of ${metadata.row_groups.length} (rows ${start + 1} to ${end}) is damaged`;
}

function damaged(file: DataFile, message: string, cause: unknown): Error {
  return problem({
    code: 'DATA_CORRUPT',
    message,
    at: file.name,
    found: messageOf(cause),
    fix: 'download or copy it again',
    cause,
  });
}

/** As JSON would have it: numbers for 64-bit integers that a double holds, texts for times. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
