/** The file of an index: its tables, and what it says about itself. Knows nothing about where passages come from. */
import { DatabaseSync } from 'node:sqlite';
import type { Passage } from '@tinsmith/core';

/** Of the layout below: an index of another one is built anew. */
const LAYOUT = 1;

export interface IndexFacts {
  /** Stands for the passages: an index of others is not used. */
  readonly of: string;
  readonly passages: number;
}

/** Undefined if the file is no whole index of ours. */
export function readFacts(file: string): IndexFacts | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true });
    const row = database.prepare('select layout, source, passages from facts').get();
    if (row?.['layout'] !== LAYOUT) return undefined;
    return { of: String(row['source']), passages: Number(row['passages']) };
  } catch {
    return undefined;
  } finally {
    database?.close();
  }
}

/** Words are compared without case, accents and English endings (Porter). */
const TABLES = `
  pragma journal_mode = off;
  pragma synchronous = off;
  create virtual table passages using fts5(id unindexed, title, text, tokenize = 'porter unicode61 remove_diacritics 2');
  create table facts(layout integer, source text, passages integer);
`;

/** An index being made, in a file that nobody else uses. Nothing in it counts before `finish`. */
export class IndexWriter {
  readonly #database: DatabaseSync;
  readonly #insert;
  #passages = 0;

  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    this.#database.exec(TABLES);
    this.#insert = this.#database.prepare('insert into passages(id, title, text) values (?, ?, ?)');
  }

  get passages(): number {
    return this.#passages;
  }

  add(passages: readonly Passage[]): void {
    this.#database.exec('begin');
    for (const { id, title, text } of passages) this.#insert.run(id, title, text);
    this.#database.exec('commit');
    this.#passages += passages.length;
  }

  finish(of: string): void {
    this.#database.exec("insert into passages(passages) values ('optimize')");
    this.#database.prepare('insert into facts values (?, ?, ?)').run(LAYOUT, of, this.#passages);
    this.#database.close();
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}
