/**
 * Listings: await one for a page, or iterate over all of them with `for await`, page after page.
 */
import type { Cursor } from './rest-types.js';

export interface Page<T> {
  readonly items: readonly T[];
  /** Absent where the server does not say. */
  readonly cursor?: Cursor;
}

/** Fetches nothing until it is awaited or iterated. */
export class Listing<T> implements AsyncIterable<T>, PromiseLike<Page<T>> {
  readonly #fetch: (offset: number) => Promise<Page<T>>;
  readonly #offset: number;

  constructor(fetch: (offset: number) => Promise<Page<T>>, offset: number) {
    this.#fetch = fetch;
    this.#offset = offset;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- one object, awaited for a page and iterated for all
  then<A, B>(
    fulfilled?: ((page: Page<T>) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#fetch(this.#offset).then(fulfilled, rejected);
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    for (let offset = this.#offset; ;) {
      const { items, cursor } = await this.#fetch(offset);
      yield* items;
      offset += items.length;
      if (items.length === 0 || (cursor && offset >= cursor.totalCount)) return;
      // Without a cursor there is no second page to ask for.
      if (!cursor) return;
    }
  }

  /** All items of all pages. */
  async all(): Promise<T[]> {
    const items: T[] = [];
    for await (const item of this) items.push(item);
    return items;
  }
}
