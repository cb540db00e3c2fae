/** Bytes to lines of text: bounded in length, checked to be UTF-8. */
import { isUtf8 } from 'node:buffer';
import { TinsmithError } from '@tinsmith/core';
import { problem } from '../problem.js';
import type { DataFile } from './data-file.js';

/** Bytes that belong together, with the line that they begin on, counted from 1. */
export interface Piece {
  readonly line: number;
  readonly bytes: Buffer;
}

/**
 * Lines without their \n. Only \n counts: JSON strings may hold other line separators. Holds one line in memory.
 * @throws DATA_ROW_TOO_LARGE for a line of more than `maxBytes`.
 */
export async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  file: DataFile,
  maxBytes: number,
): AsyncGenerator<Piece> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let line = 1;
  const hold = (part: Buffer): void => {
    held.push(part);
    heldBytes += part.length;
    if (heldBytes > maxBytes) throw tooLarge(`${file.name}:${line}`, maxBytes);
  };
  try {
    for await (const chunk of chunks) {
      let start = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        hold(chunk.subarray(start, end));
        const bytes = held.length === 1 ? held[0]! : Buffer.concat(held);
        held = [];
        heldBytes = 0;
        yield asPiece(line, bytes);
        line++;
        start = end + 1;
      }
      if (start < chunk.length) hold(chunk.subarray(start));
    }
  } catch (error) {
    throw atLine(error, file, line);
  }
  if (held.length > 0) yield asPiece(line, Buffer.concat(held));
}

/** Without the mark that some editors put at the beginning of a file. */
function asPiece(line: number, bytes: Buffer): Piece {
  const hasMark = line === 1 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return { line, bytes: hasMark ? bytes.subarray(3) : bytes };
}

/** Adds the line that was reached to a problem of the file as a whole. */
export function atLine(error: unknown, file: DataFile, line: number): unknown {
  if (!TinsmithError.is(error) || error.at !== file.name) return error;
  const { code, message, found, fix, cause } = error;
  return problem({ code, message, at: `${file.name}:${line}`, found, fix, cause });
}

export function tooLarge(at: string, maxBytes: number): TinsmithError {
  return problem({
    code: 'DATA_ROW_TOO_LARGE',
    message: `a row is larger than ${maxBytes} bytes`,
    at,
    fix: 'check that the file has one row per line; raise maxRowBytes if such rows are meant',
  });
}

export function decodeUtf8(bytes: Buffer, at: string): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw problem({
    code: 'DATA_NOT_UTF8',
    message: 'the text is not UTF-8',
    at,
    found: `bytes that no character has, in ${bytes.length} bytes`,
    fix: 'save the file as UTF-8',
  });
}
