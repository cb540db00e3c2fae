/** Cuts a JSON list into its elements without parsing them, so that a list of any length can be streamed. */
import { problem } from '../problem.js';
import type { DataFile } from './data-file.js';
import { atLine, type Piece, tooLarge } from './lines.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** @throws DATA_JSON_INVALID for a list that is not closed or has something behind it; DATA_ROW_TOO_LARGE. */
export async function* splitList(
  chunks: AsyncIterable<Buffer>,
  file: DataFile,
  maxBytes: number,
): AsyncGenerator<Piece> {
  let place: 'before' | 'inside' | 'behind' = 'before';
  let line = 1;
  let startLine = 1;
  /** Of brackets within the element. */
  let depth = 0;
  let isBlank = true;
  let isInString = false;
  let isEscaped = false;
  let held: Buffer[] = [];
  let heldBytes = 0;
  const hold = (part: Buffer): void => {
    held.push(part);
    heldBytes += part.length;
    if (heldBytes > maxBytes) throw tooLarge(`${file.name}:${startLine}`, maxBytes);
  };

  try {
    for await (const chunk of chunks) {
      let start = 0;
      for (let i = 0; i < chunk.length; i++) {
        const byte = chunk[i]!;
        if (byte === 10) line++;
        if (isInString) {
          if (isEscaped) isEscaped = false;
          else if (byte === BACKSLASH) isEscaped = true;
          else if (byte === QUOTE) isInString = false;
        } else if (place === 'before') {
          if (byte === OPEN_LIST) place = 'inside';
          start = i + 1;
        } else if (place === 'behind') {
          if (byte > 0x20) throw broken('something stands behind the end of the list', file, line);
        } else if (depth === 0 && (byte === COMMA || byte === CLOSE_LIST)) {
          if (!isBlank) hold(chunk.subarray(start, i));
          // an element that is missing is given out as an empty one, which is no JSON; `[]` has none
          if (!isBlank || byte === COMMA)
            yield { line: isBlank ? line : startLine, bytes: Buffer.concat(held) };
          [held, heldBytes, isBlank] = [[], 0, true];
          start = i + 1;
          if (byte === CLOSE_LIST) place = 'behind';
        } else if (byte > 0x20) {
          if (isBlank) [isBlank, startLine, start] = [false, line, i];
          if (byte === QUOTE) isInString = true;
          else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth++;
          else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--;
        }
      }
      if (!isBlank) hold(chunk.subarray(start));
    }
  } catch (error) {
    throw atLine(error, file, line);
  }
  if (place !== 'behind') throw broken('the list is not closed', file, line);
}

function broken(message: string, file: DataFile, line: number): Error {
  return problem({
    code: 'DATA_JSON_INVALID',
    message,
    at: `${file.name}:${line}`,
    fix: 'write one list of objects, or one object per line',
  });
}
