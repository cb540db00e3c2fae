/** Rows of JSON: one object per line, or one list of objects. Nothing but the row at hand is held. */
import { messageOf, type Row, withOrigin } from '@tinsmith/core';
import { excerpt, problem } from '../problem.js';
import type { DataFile } from './data-file.js';
import { decodeUtf8, type Piece, splitLines } from './lines.js';
import { splitList } from './json-list.js';

/** JSON lines. Blank lines are skipped. */
export async function* readJsonLines(
  chunks: AsyncIterable<Buffer>,
  file: DataFile,
  maxBytes: number,
): AsyncGenerator<Row> {
  for await (const piece of splitLines(chunks, file, maxBytes)) {
    if (!piece.bytes.every(isSpace)) yield parseRow(piece, file);
  }
}

/** A `.json` file: a list of objects; JSON lines are accepted too, as by Hugging Face. */
export async function* readJson(
  chunks: AsyncIterable<Buffer>,
  file: DataFile,
  maxBytes: number,
): AsyncGenerator<Row> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) return;
  const all = (async function* () {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => iterator };
  })();
  if (/^\uFEFF?\s*\[/.test(first.value.toString('utf8'))) {
    for await (const piece of splitList(all, file, maxBytes)) yield parseRow(piece, file);
  } else {
    yield* readJsonLines(all, file, maxBytes);
  }
}

function parseRow({ line, bytes }: Piece, file: DataFile): Row {
  const at = `${file.name}:${line}`;
  const text = decodeUtf8(bytes, at);
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch (cause) {
    throw problem({
      code: 'DATA_JSON_INVALID',
      message: `this is not JSON: ${messageOf(cause)}`,
      at,
      found: excerpt(text),
      fix: 'write one JSON object per line, or one list of objects in a .json file',
      cause,
    });
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    throw problem({
      code: 'DATA_ROW_NOT_OBJECT',
      message: 'a row must be a JSON object with a value for each column',
      at,
      found: excerpt(text),
    });
  }
  // Only an escape can bring half a surrogate pair into text that is UTF-8.
  if (/\\u[dD][89a-fA-F]/.test(text)) refuseLoneSurrogates(row, '', at);
  return withOrigin(row as Row, at);
}

function refuseLoneSurrogates(value: unknown, field: string, at: string): void {
  if (typeof value === 'string') {
    if (value.isWellFormed()) return;
    throw problem({
      code: 'DATA_TEXT_INVALID',
      message: 'the text holds half of a surrogate pair, which is no character',
      at: `${at} ${field}`,
      found: excerpt(value.slice(Math.max(0, value.search(/\p{Surrogate}/u) - 20))),
      fix: 'remove it, or write the whole character',
    });
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    refuseLoneSurrogates(key, `${field}, a name`, at);
    const name = Array.isArray(value) ? `${field}[${key}]` : field === '' ? key : `${field}.${key}`;
    refuseLoneSurrogates(inner, name, at);
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 9 && byte <= 13);
}
