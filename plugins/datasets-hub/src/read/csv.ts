/**
 * Rows of CSV (RFC 4180) and TSV with a header line. All values are texts: a column of numbers is not guessed to be
 * one. Holds one row in memory.
 */
import { type Row, TinsmithError, withOrigin } from '@tinsmith/core';
import { listSome, problem } from '../problem.js';
import type { DataFile } from './data-file.js';
import { atLine, decodeUtf8, tooLarge } from './lines.js';

interface CsvRecord {
  readonly line: number;
  readonly fields: string[];
}

export async function* readCsv(
  chunks: AsyncIterable<Buffer>,
  file: DataFile,
  { delimiter, maxBytes }: { delimiter: ',' | '\t'; maxBytes: number },
): AsyncGenerator<Row> {
  let header: string[] | undefined;
  for await (const { line, fields } of splitRecords(chunks, file, delimiter, maxBytes)) {
    if (header === undefined) {
      header = checkHeader(fields, file, line);
      continue;
    }
    const at = `${file.name}:${line}`;
    if (fields.length !== header.length) {
      throw problem({
        code: 'DATA_CSV_INVALID',
        message: `this row has ${fields.length} fields, the header ${header.length}`,
        at,
        fix: 'put texts that hold the delimiter, quotes or line breaks in double quotes',
      });
    }
    yield withOrigin(Object.fromEntries(header.map((name, i) => [name, fields[i]])), at);
  }
}

function checkHeader(fields: string[], file: DataFile, line: number): string[] {
  const names = fields.map((name, i) => (i === 0 ? name.replace(/^\uFEFF/, '') : name));
  const wrong = names.find((name, i) => name === '' || names.indexOf(name) !== i);
  if (wrong === undefined) return names;
  throw problem({
    code: 'DATA_CSV_INVALID',
    message: wrong === '' ? 'a column has no name' : `two columns are named ${wrong}`,
    at: `${file.name}:${line}`,
    found: listSome(names),
    fix: 'the first line must name the columns',
  });
}

const QUOTE = 0x22;
const NEWLINE = 10;
const RETURN = 13;

/** Works on bytes: the delimiter, quotes and line breaks are never part of another character in UTF-8. */
async function* splitRecords(
  chunks: AsyncIterable<Buffer>,
  file: DataFile,
  delimiter: string,
  maxBytes: number,
): AsyncGenerator<CsvRecord> {
  const separator = delimiter.charCodeAt(0);
  let line = 1;
  let startLine = 1;
  let fields: string[] = [];
  let bytes: number[] = [];
  let size = 0;
  let quotes: 'none' | 'open' | 'closed' = 'none';

  const endField = (): void => {
    fields.push(decodeUtf8(Buffer.from(bytes), `${file.name}:${startLine}`));
    bytes = [];
    quotes = 'none';
  };
  const invalid = (message: string): TinsmithError =>
    problem({ code: 'DATA_CSV_INVALID', message, at: `${file.name}:${startLine}` });

  try {
    for await (const chunk of chunks) {
      for (const byte of chunk) {
        if (byte === NEWLINE) line++;
        if (++size > maxBytes) throw tooLarge(`${file.name}:${startLine}`, maxBytes);
        if (quotes === 'open') {
          if (byte === QUOTE) quotes = 'closed';
          else bytes.push(byte);
        } else if (byte === QUOTE) {
          if (quotes === 'closed') bytes.push(QUOTE); // a doubled quote stands for one
          else if (bytes.length > 0) throw invalid('a quote stands inside a field that has none around it');
          quotes = 'open';
        } else if (byte === separator) {
          endField();
        } else if (byte === NEWLINE) {
          if (bytes.at(-1) === RETURN) bytes.pop();
          endField();
          if (fields.length > 1 || fields[0] !== '') yield { line: startLine, fields };
          [fields, size, startLine] = [[], 0, line];
        } else if (quotes === 'closed' && byte !== RETURN) {
          throw invalid('something stands between a closing quote and the next delimiter');
        } else {
          bytes.push(byte);
        }
      }
    }
  } catch (error) {
    throw atLine(error, file, line);
  }
  if (quotes === 'open') throw invalid('a quote is opened and never closed');
  if (size > 0) {
    endField();
    yield { line: startLine, fields };
  }
}
