/** Queries of an index: BM25 over title and text. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { SearchBackend, SearchHit, SearchRequest } from '@tinsmith/core';
import { matchExpression } from './query.js';

/** A word in the title counts as much as so many in the text. */
const TITLE_WEIGHT = 2;

/** FTS5 sorts by its own rank too, in half as much time again. */
const QUERY = `
  select id, title, text, -bm25(passages, 0, ${TITLE_WEIGHT}, 1) as score
  from passages where passages match ? order by score desc limit ?`;

export class SqliteSearch implements SearchBackend {
  readonly specification = 'v1';
  readonly #database: DatabaseSync;
  readonly #query: StatementSync;

  /** Throws SQLite's error for a file that is no index. */
  constructor(file: string) {
    this.#database = new DatabaseSync(file, { readOnly: true });
    this.#query = this.#database.prepare(QUERY);
  }

  async search({ query, limit, signal }: SearchRequest): Promise<readonly SearchHit[]> {
    signal?.throwIfAborted();
    const match = matchExpression(query);
    if (match === undefined) return [];
    return this.#query.all(match, limit).map(row => ({
      id: String(row['id']),
      title: String(row['title']),
      text: String(row['text']),
      score: Number(row['score']),
    }));
  }

  close(): void {
    this.#database.close();
  }
}
