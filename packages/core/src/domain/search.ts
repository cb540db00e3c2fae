/** Search: passages of text that answer a query. Knows nothing about tools, models or how an index is made. */
import { TinsmithError } from '../error.js';
import { named } from '../token.js';
import { originOf, type Row } from './dataset.js';

export interface Passage {
  readonly id: string;
  /** Empty if the passages have none. */
  readonly title: string;
  readonly text: string;
}

export interface SearchHit extends Passage {
  /** Higher is better; comparable within one answer only. */
  readonly score: number;
}

export interface SearchRequest {
  readonly query: string;
  /** The most hits. */
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

export interface SearchBackend {
  readonly specification: 'v1';
  /** Best first; none is an answer too. Calls can overlap; a failure may be tried again. */
  search(request: SearchRequest): Promise<readonly SearchHit[]>;
}

/** What can be searched, by the name that a config uses. */
export const SearchBackends = named<SearchBackend>('search-backend');

/** Which fields of a row a passage is made of. */
export interface PassageFields {
  readonly textField: string;
  /** null: passages have no title. */
  readonly titleField: string | null;
  /** null, or where a row lacks it: the number of the row. */
  readonly idField: string | null;
}

/** @throws SEARCH_PASSAGE_INVALID for a row without a text, with its place */
export function passageOf(
  row: Row,
  number: number,
  { textField, titleField, idField }: PassageFields,
): Passage {
  const text = row[textField];
  if (typeof text !== 'string') {
    throw new TinsmithError({
      code: 'SEARCH_PASSAGE_INVALID',
      message: `a passage needs its text in \`${textField}\``,
      at: originOf(row) ?? `row ${number}`,
      found: Object.keys(row).join(', '),
      fix: 'set textField to the field with the text',
    });
  }
  const title = titleField === null ? '' : row[titleField];
  const id = idField === null ? undefined : row[idField];
  return {
    id: typeof id === 'string' || typeof id === 'number' ? String(id) : String(number),
    title: typeof title === 'string' ? title : '',
    text,
  };
}
