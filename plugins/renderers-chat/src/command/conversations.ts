/** The conversations that `tinsmith render` shows, each with its place in a file. Knows nothing of renderers. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Message, messageOf, originOf, type Rows, type RowSource, TinsmithError } from '@tinsmith/core';
import type { DataRequest, RenderRequest } from './request.js';

export interface PlacedConversation {
  /** E.g. `chats.jsonl:3`. */
  readonly place: string;
  /** As they stand there: the renderer checks them. */
  readonly messages: readonly Message[];
}

export interface Places {
  readonly cwd: string;
  /** Undefined if no plugin reads data. */
  readonly rows: RowSource | undefined;
}

/** @throws FILE_UNREADABLE, FILE_INVALID, ROW_SOURCE_MISSING, ROW_UNKNOWN, and those of the row source */
export async function* conversationsOf(
  from: RenderRequest['from'],
  { cwd, rows }: Places,
): AsyncGenerator<PlacedConversation> {
  if ('messagesFile' in from) {
    yield { place: from.messagesFile, messages: await readMessages(from.messagesFile, cwd) };
    return;
  }
  if (!rows)
    throw new TinsmithError({
      code: 'ROW_SOURCE_MISSING',
      message: 'no plugin of the config reads data sets',
      at: 'plugins',
      found: `a source: ${from.source}`,
      fix: 'add @tinsmith/datasets-hub to `plugins`; one conversation is read without it: --messages FILE',
    });
  yield* rowsOf(from, await open(from, rows, cwd));
}

interface Given {
  readonly messages: readonly Message[];
}

async function open(request: DataRequest, rows: RowSource, cwd: string): Promise<Rows<Given>> {
  const { source, subset, split, revision, columns } = request;
  // The row source takes paths from the working folder of the process, and shows them as they are given.
  const path = resolve(cwd, source);
  const isElsewhere = cwd !== process.cwd() && existsSync(path);
  const wanted = { source: isElsewhere ? path : source, config: subset, split, revision };
  if (!columns) return rows.conversations(wanted);
  const { user, assistant } = columns;
  const opened = await rows.open({
    ...wanted,
    columns: assistant === undefined ? [user] : [user, assistant],
  });
  return opened.map(row => ({
    messages: [
      { role: 'user', content: row[user] as string },
      ...(assistant === undefined ? [] : [{ role: 'assistant', content: row[assistant] as string }]),
    ],
  }));
}

async function* rowsOf(
  { source, first, count }: DataRequest,
  rows: Rows<Given>,
): AsyncGenerator<PlacedConversation> {
  let shown = 0;
  for await (const row of rows.skip(first).take(count)) {
    const place = originOf(row) ?? `${source} row ${first + shown}`;
    shown++;
    yield { place, messages: row.messages };
  }
  if (shown === count) return;
  const last = first + count - 1;
  throw new TinsmithError({
    code: 'ROW_UNKNOWN',
    message: `there is no row ${first + shown}`,
    at: source,
    found: shown > 0 ? `${first + shown} rows` : 'fewer rows',
    fix: `rows are counted from 0; --rows asked for ${count === 1 ? first : `${first} to ${last}`}`,
  });
}

async function readMessages(file: string, cwd: string): Promise<readonly Message[]> {
  const text = await readText(file, cwd);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(jsonPlace(file, text, messageOf(cause)), 'the file is not JSON', messageOf(cause), cause);
  }
  const messages = Array.isArray(value) ? value : (value as { messages?: unknown } | null)?.messages;
  if (Array.isArray(messages) && messages.length > 0) return messages as readonly Message[];
  throw invalid(
    Array.isArray(value) ? file : `${file} messages`,
    'a conversation is a list with at least one message',
    (JSON.stringify(messages) ?? JSON.stringify(value)).slice(0, 60),
  );
}

async function readText(file: string, cwd: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(resolve(cwd, file)));
  } catch (cause) {
    throw new TinsmithError({
      code: 'FILE_UNREADABLE',
      message: 'the file with messages cannot be read',
      at: file,
      found: messageOf(cause),
      cause,
    });
  }
}

/** V8 says the line, except at the end of the text. */
function jsonPlace(file: string, text: string, message: string): string {
  const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(message) ?? [];
  return line === undefined ? `${file}:${text.trimEnd().split('\n').length}` : `${file}:${line}:${column}`;
}

const invalid = (at: string, message: string, found: string, cause?: unknown) =>
  new TinsmithError({
    code: 'FILE_INVALID',
    message,
    at,
    found,
    fix: '[{"role": "user", "content": "..."}, {"role": "assistant", "content": "..."}]',
    cause,
  });
