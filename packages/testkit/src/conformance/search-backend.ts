/** What every search backend must do, whatever it searches in. */
import type { ConfiguredPlugin, SearchBackend } from '@tinsmith/core';
import { SearchBackends } from '@tinsmith/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestKit, type TestKit } from '../kit.js';

export interface SearchBackendUnderTest {
  /** The backend's plugin, and what it needs. It searches in `searchablePassages`. */
  readonly plugins: () => readonly ConfiguredPlugin[] | Promise<readonly ConfiguredPlugin[]>;
  readonly backend: string;
}

/** What the backend under test is to search in: one clear answer for each title. */
export const searchablePassages = [
  {
    id: 'a',
    title: 'Volcano',
    text: 'A volcano is an opening in the crust through which lava and ash escape.',
  },
  {
    id: 'b',
    title: 'Violin',
    text: 'The violin is a wooden instrument with four strings, played with a bow.',
  },
  {
    id: 'c',
    title: 'Glacier',
    text: 'A glacier is a body of dense ice that moves slowly under its own weight.',
  },
  { id: 'd', title: 'Compass', text: 'A compass shows directions: its needle points to magnetic north.' },
  {
    id: 'e',
    title: 'Ångström',
    text: 'Anders Ångström was a physicist who measured the spectrum of the sun.',
  },
] as const;

/** Declares the tests of a plugin that provides a search backend. */
export function searchBackendConformance(subject: SearchBackendUnderTest): void {
  describe(`${subject.backend} is a search backend`, () => {
    let kit: TestKit;
    let backend: SearchBackend;
    beforeAll(async () => {
      kit = await createTestKit({ plugins: await subject.plugins() });
      backend = await kit.get(SearchBackends, subject.backend);
    });
    afterAll(() => kit[Symbol.asyncDispose]());

    test('finds each passage by its own words, the best first', async () => {
      for (const { id, title, text } of searchablePassages) {
        const hits = await backend.search({ query: text, limit: 3 });
        expect(hits[0]).toMatchObject({ id, title, text });
        expect(hits.map(({ score }) => score)).toEqual(
          hits.map(({ score }) => score).toSorted((x, y) => y - x),
        );
      }
    });

    test('gives no more than was asked for', async () => {
      expect(await backend.search({ query: 'a body of ice', limit: 1 })).toHaveLength(1);
    });

    test.each([
      '',
      '   ',
      '"',
      "'; drop table passages; --",
      'NEAR(a b) AND OR NOT *',
      '💡',
      'x'.repeat(10_000),
    ])('an odd query is no failure: %j', async query => {
      expect(Array.isArray(await backend.search({ query, limit: 3 }))).toBe(true);
    });

    test('answers 512 queries at the same time', async () => {
      const queries = Array.from(
        { length: 512 },
        (_, i) => searchablePassages[i % searchablePassages.length]!,
      );
      const answers = await Promise.all(queries.map(({ text }) => backend.search({ query: text, limit: 1 })));
      expect(answers.map(([hit]) => hit?.id)).toEqual(queries.map(({ id }) => id));
    });

    test('the same query has the same answer', async () => {
      const request = { query: 'needle and bow', limit: 3 };
      expect(await backend.search(request)).toEqual(await backend.search(request));
    });
  });
}
