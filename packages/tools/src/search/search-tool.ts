/** A search backend as a tool for agents, in the form of Search-R1 (cookbook-recipes, section 10). */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { defineTool, messageOf, type SearchBackend, type SearchHit, type Tool } from '@tinsmith/core';

export interface SearchToolOptions {
  /** Passages per query. Default 3. */
  readonly results?: number | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** Of the list of queries, for the model. */
  readonly queriesDescription?: string | undefined;
  /** The most queries of one call. Default 10. */
  readonly maxQueries?: number | undefined;
  /** What the model sees of a passage. Default: title, if it has one, and text. */
  readonly show?: ((hit: SearchHit) => string) | undefined;
}

/**
 * The tool `search(query_list)`. Metrics per call: `search_queries`, `total_documents`, and `search_failed` if queries got no
 * answer, which the model is told.
 */
export function searchTool(backend: SearchBackend, options: SearchToolOptions = {}): Tool {
  const {
    results = 3,
    name = 'search',
    description = 'Searches the passages and returns those that fit best.',
    queriesDescription = 'What to search for: one or several queries, each answered by itself.',
    maxQueries = 10,
    show = ({ title, text }) => (title === '' ? text : `${title}\n${text}`),
  } = options;
  return defineTool({
    name,
    description,
    arguments: queryList(maxQueries),
    parameters: {
      type: 'object',
      properties: {
        query_list: { type: 'array', items: { type: 'string' }, description: queriesDescription },
      },
      required: ['query_list'],
    },
    async execute({ query_list: queries }, { signal }) {
      const answers = await Promise.allSettled(
        queries.map(query => backend.search({ query, limit: results, signal })),
      );
      signal.throwIfAborted();
      const found = answers.map(answer => (answer.status === 'fulfilled' ? answer.value : []));
      const failures = answers.filter(({ status }) => status === 'rejected').length;
      return {
        content: queries.map((query, i) => answerText(query, answers[i]!, show)).join(''),
        metrics: {
          search_queries: queries.length,
          total_documents: found.reduce((sum, hits) => sum + hits.length, 0),
          ...(failures > 0 && { search_failed: 1 }),
        },
      };
    },
  });
}

function answerText(
  query: string,
  answer: PromiseSettledResult<readonly SearchHit[]>,
  show: (hit: SearchHit) => string,
): string {
  const head = `Query: ${query}\n`;
  if (answer.status === 'rejected') return `${head}Error: ${messageOf(answer.reason)}\n`;
  return head + answer.value.map((hit, index) => `Document ${index + 1}:\n${show(hit)}\n`).join('');
}

/** A schema by hand: this package has no schema library of its own. */
const queryList = (maxQueries: number): StandardSchemaV1<{ query_list: string[] }> => ({
  '~standard': {
    version: 1,
    vendor: '@tinsmith/tools',
    validate(value) {
      const { query_list: list } = value as { query_list?: unknown };
      const isList =
        Array.isArray(list) && list.every(query => typeof query === 'string' && query.trim() !== '');
      if (isList && list.length > 0 && list.length <= maxQueries)
        return { value: { query_list: list as string[] } };
      return { issues: [{ message: `a list of 1 to ${maxQueries} queries`, path: ['query_list'] }] };
    },
  },
});
