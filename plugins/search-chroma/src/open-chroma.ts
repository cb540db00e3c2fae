/**
 * The backend: a query becomes a vector, and Chroma finds the documents whose vectors are nearest. A collection that is not
 * there is filled first, if the config says with what; one that a kill left half filled is filled up.
 */
import {
  messageOf,
  type PassageFields,
  passageOf,
  TinsmithError,
  type Row,
  type RowSource,
  type SearchBackend,
  type SearchHit,
  type Secrets,
} from '@tinsmith/core';
import { Chroma, type ChromaDocument, type Collection } from './chroma.js';
import { defaultCache, Embeddings } from './embeddings.js';

export interface ChromaSearchOptions extends PassageFields {
  readonly baseUrl: string;
  readonly collection: string;
  readonly tenant: string;
  readonly database: string;
  readonly embeddings: {
    readonly baseUrl: string;
    readonly model: string;
    readonly dimensions?: number | undefined;
    readonly keyVariable?: string | undefined;
    readonly batchSize: number;
  };
  readonly vectorCache?: string | undefined;
  readonly passages?: string | undefined;
  readonly split?: string | undefined;
  readonly requestSeconds: number;
}

interface Surroundings {
  readonly secrets: Secrets;
  readonly rows: RowSource | undefined;
  readonly onProgress: (text: string, seconds: number) => void;
}

export interface ChromaSearch extends SearchBackend {
  close(): void;
}

/**
 * @throws CHROMA_UNREACHABLE, CHROMA_COLLECTION_MISSING, SEARCH_PASSAGE_INVALID, EMBEDDING_INVALID; EMBEDDING_DIMENSION if the
 * collection was made with another model.
 */
export async function openChroma(
  options: ChromaSearchOptions,
  surroundings: Surroundings,
): Promise<ChromaSearch> {
  const { requestSeconds, titleField } = options;
  const { keyVariable, ...model } = options.embeddings;
  const embeddings = new Embeddings({
    ...model,
    requestSeconds,
    cache: options.vectorCache ?? defaultCache(model),
    ...(keyVariable !== undefined && { key: surroundings.secrets.require(keyVariable) }),
  });
  try {
    const chroma = new Chroma(options);
    const collection = await openCollection(chroma, embeddings, options, surroundings);
    return {
      specification: 'v1',
      async search({ query, limit, signal }) {
        if (query.trim() === '') return [];
        const [vector] = await embeddings.of([query], signal);
        const { dimension = vector!.length } = collection;
        if (vector!.length !== dimension) throw otherDimension(options, { dimension, given: vector!.length });
        const found = await chroma.query(collection, { vector: vector!, limit, signal });
        return found.map(document => hitOf(document, titleField));
      },
      close: () => embeddings.close(),
    };
  } catch (error) {
    embeddings.close();
    throw error;
  }
}

async function openCollection(
  chroma: Chroma,
  embeddings: Embeddings,
  options: ChromaSearchOptions,
  { rows, onProgress }: Surroundings,
): Promise<Collection> {
  const { collection: name, baseUrl, passages } = options;
  const found = await chroma.find(name).catch((cause: unknown) => {
    if (TinsmithError.is(cause)) throw cause;
    throw new TinsmithError({
      code: 'CHROMA_UNREACHABLE',
      message: 'the Chroma server does not answer',
      at: baseUrl,
      found: messageOf(cause),
      fix: 'start it (`chroma run --path FOLDER`), or correct baseUrl',
      cause,
    });
  });
  if (passages === undefined) {
    if (found) return checkedDimension(found, embeddings, options);
    throw new TinsmithError({
      code: 'CHROMA_COLLECTION_MISSING',
      message: `the Chroma server has no collection "${name}"`,
      at: baseUrl,
      found: (await chroma.names()).join(', ') || 'no collections',
      fix: 'set `passages` to what it is to be filled with',
    });
  }
  if (!rows) {
    throw new TinsmithError({
      code: 'PROVIDER_MISSING',
      message: 'a collection is filled from passages, and no plugin opens data sets',
      fix: 'add @tinsmith/datasets-hub to `plugins`',
    });
  }
  const collection = await chroma.create(name);
  const source = await rows.open({ source: passages, split: options.split });
  const { length } = await source.table();
  const there = await chroma.count(collection);
  if (there < length) {
    const started = performance.now();
    let done = 0;
    for await (const batch of source.batches({ size: options.embeddings.batchSize, partial: 'keep' })) {
      const documents = batch.map((row, i) => documentOf(row, done + i, options));
      await chroma.upsert(
        collection,
        documents,
        await embeddings.of(documents.map(({ document }) => document)),
      );
      done += batch.length;
      onProgress(
        `vectors of ${passages}: ${done} of ${length} passages`,
        (performance.now() - started) / 1000,
      );
    }
  }
  return checkedDimension((await chroma.find(name)) ?? collection, embeddings, options);
}

async function checkedDimension(
  collection: Collection,
  embeddings: Embeddings,
  options: ChromaSearchOptions,
): Promise<Collection> {
  const { dimension } = collection;
  if (dimension === undefined) return collection;
  const [probe] = await embeddings.of(['dimension']);
  if (probe!.length === dimension) return collection;
  throw otherDimension(options, { dimension, given: probe!.length });
}

const otherDimension = (
  { collection, embeddings }: ChromaSearchOptions,
  { dimension, given }: { readonly dimension: number; readonly given: number },
) =>
  new TinsmithError({
    code: 'EMBEDDING_DIMENSION',
    message: `the vectors of the model "${embeddings.model}" do not fit the collection "${collection}"`,
    found: `${given} dimensions, and the collection has ${dimension}`,
    fix: 'the model that the collection was made with, or `dimensions`',
  });

function documentOf(row: Row, number: number, options: ChromaSearchOptions): ChromaDocument {
  const { id, title, text } = passageOf(row, number, options);
  const { titleField } = options;
  return {
    id,
    document: text,
    metadata: title === '' || titleField === null ? null : { [titleField]: title },
  };
}

function hitOf(
  { id, document, metadata, distance }: ChromaDocument & { readonly distance: number },
  titleField: string | null,
): SearchHit {
  const title = titleField === null ? undefined : metadata?.[titleField];
  return { id, title: typeof title === 'string' ? title : '', text: document, score: 1 - distance };
}
