/** Rows of one file, whatever its format. */
import { originOf, type Row, withOrigin } from '@tinsmith/core';
import { problem, unknownColumn } from '../problem.js';
import { readBytes } from './bytes.js';
import { readCsv } from './csv.js';
import { type DataFile, formatOf, SUPPORTED } from './data-file.js';
import { readJson, readJsonLines } from './json.js';
import { readParquet } from './parquet.js';

export interface ReadOptions {
  /** Only these; every row must have them. */
  readonly columns: readonly string[] | undefined;
  /** Bytes of one row in a text format. */
  readonly maxRowBytes: number;
}

/** @param from rows to leave out at the beginning. */
export async function* readRows(file: DataFile, options: ReadOptions, from = 0): AsyncGenerator<Row> {
  const format = formatOf(file.path)?.format;
  if (format === 'parquet') {
    yield* readParquet(file, { columns: options.columns, from });
    return;
  }
  let index = 0;
  for await (const row of readText(file, format, options.maxRowBytes)) {
    if (index++ < from) continue;
    yield options.columns ? pick(row, options.columns) : row;
  }
}

function readText(
  file: DataFile,
  format: 'jsonl' | 'json' | 'csv' | 'tsv' | undefined,
  maxBytes: number,
): AsyncGenerator<Row> {
  switch (format) {
    case 'jsonl':
      return readJsonLines(readBytes(file), file, maxBytes);
    case 'json':
      return readJson(readBytes(file), file, maxBytes);
    case 'csv':
      return readCsv(readBytes(file), file, { delimiter: ',', maxBytes });
    case 'tsv':
      return readCsv(readBytes(file), file, { delimiter: '\t', maxBytes });
    default:
      throw unknownFormat(file.path);
  }
}

export function unknownFormat(path: string): Error {
  return problem({
    code: 'DATA_FORMAT_UNKNOWN',
    message: 'the name of the file does not say which format it has',
    at: path,
    fix: `formats: ${SUPPORTED}`,
  });
}

function pick(row: Row, columns: readonly string[]): Row {
  const at = originOf(row) ?? '';
  const entries = columns.map(column => {
    if (!Object.hasOwn(row, column)) throw unknownColumn(column, Object.keys(row), at);
    return [column, row[column]] as const;
  });
  return withOrigin(Object.fromEntries(entries), at);
}
