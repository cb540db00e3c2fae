/** Search: passages of text that answer a query. Knows nothing about tools, models or how an index is made. */
import { named } from '../token.js';

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
