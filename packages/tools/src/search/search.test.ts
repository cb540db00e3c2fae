import type { SearchBackend, SearchHit, SearchRequest } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { guardedSearch } from './guarded-search.js';
import { searchTool } from './search-tool.js';

const hit = (text: string, title = ''): SearchHit => ({ id: text, title, text, score: 1 });
const backend = (
  search: (request: SearchRequest, attempt: number) => Promise<readonly SearchHit[]>,
): SearchBackend => {
  const attempts = new Map<string, number>();
  return {
    specification: 'v1',
    search(request) {
      const attempt = (attempts.get(request.query) ?? 0) + 1;
      attempts.set(request.query, attempt);
      return search(request, attempt);
    },
  };
};
const quick = { retrySeconds: 0.001 };
const context = { signal: new AbortController().signal };

test('512 queries at once are all answered, no more than the limit at a time', async () => {
  let running = 0;
  let most = 0;
  const busy = backend(async ({ query }) => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
    return [hit(query)];
  });
  const search = guardedSearch(busy, { concurrency: 7 });
  const queries = Array.from({ length: 512 }, (_, i) => String(i));
  const answers = await Promise.all(queries.map(query => search.search({ query, limit: 1 })));
  expect(answers.map(([first]) => first!.text)).toEqual(queries);
  expect(most).toBe(7);
});

test('a failure is tried again, later each time, until the attempts are used up', async () => {
  const flaky = backend((_, attempt) =>
    attempt < 3 ? Promise.reject(new Error('busy')) : Promise.resolve([hit('found')]),
  );
  expect(await guardedSearch(flaky, quick).search({ query: 'a', limit: 1 })).toEqual([hit('found')]);
  await expect(
    guardedSearch(flaky, { ...quick, attempts: 2 }).search({ query: 'b', limit: 1 }),
  ).rejects.toMatchObject({
    code: 'SEARCH_FAILED',
    message: 'the search did not answer in 2 attempts: busy',
  });
});

test('a backend that hangs is given up, by attempt and by deadline', async () => {
  const hanging = backend((_, attempt) => (attempt === 1 ? new Promise(() => {}) : Promise.resolve([])));
  const search = guardedSearch(hanging, { ...quick, attemptSeconds: 0.01 });
  expect(await search.search({ query: 'a', limit: 1 })).toEqual([]);
  const never = guardedSearch(
    backend(() => new Promise(() => {})),
    { deadlineSeconds: 0.02, concurrency: 1 },
  );
  const both = await Promise.allSettled([
    never.search({ query: 'a', limit: 1 }),
    never.search({ query: 'b', limit: 1 }),
  ]);
  for (const result of both) expect(result).toMatchObject({ reason: { code: 'SEARCH_FAILED' } });
});

test('a caller that is gone is no failed search', async () => {
  const gone = new AbortController();
  const search = guardedSearch(backend(() => new Promise(() => {})));
  const running = search.search({ query: 'a', limit: 1, signal: gone.signal });
  gone.abort(new Error('gone'));
  await expect(running).rejects.toThrow('gone');
});

test('the tool answers each query with its documents', async () => {
  const tool = searchTool(
    backend(async ({ query, limit }) => [hit(`${query} ${limit}`, 'Title'), hit('more')]),
    { results: 2 },
  );
  expect(await tool.execute({ query_list: ['a', 'b'] } as never, context)).toEqual({
    content:
      'Query: a\nDocument 1:\nTitle\na 2\nDocument 2:\nmore\nQuery: b\nDocument 1:\nTitle\nb 2\nDocument 2:\nmore\n',
    metrics: { search_queries: 2, total_documents: 4 },
  });
});

test('a failing search is an observation and a metric, and no crash', async () => {
  const tool = searchTool(
    backend(({ query }) =>
      query === 'bad' ? Promise.reject(new Error('down')) : Promise.resolve([hit('x')]),
    ),
  );
  expect(await tool.execute({ query_list: ['bad', 'good'] } as never, context)).toEqual({
    content: 'Query: bad\nError: down\nQuery: good\nDocument 1:\nx\n',
    metrics: { search_queries: 2, total_documents: 1, search_failed: 1 },
  });
});

test.each([
  [{}],
  [{ query_list: 'a' }],
  [{ query_list: [] }],
  [{ query_list: [''] }],
  [{ query_list: [1] }],
  [{ query_list: Array.from({ length: 11 }, () => 'q') }],
])('the tool refuses %j', async given => {
  const tool = searchTool(backend(async () => []));
  expect(await tool.arguments['~standard'].validate(given)).toMatchObject({
    issues: [{ path: ['query_list'] }],
  });
});
