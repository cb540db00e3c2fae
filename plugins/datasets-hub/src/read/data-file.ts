/** Which files hold rows, by name. Knows nothing of what is in them. */
export type Format = 'parquet' | 'jsonl' | 'json' | 'csv' | 'tsv';
export type Compression = 'none' | 'gzip' | 'zstd';

export interface DataFile {
  /** Absolute. */
  readonly path: string;
  /** For messages: relative to the data set, or as the user gave it. */
  readonly name: string;
}

const ENDINGS: readonly (readonly [string, Format])[] = [
  ['.parquet', 'parquet'],
  ['.jsonl', 'jsonl'],
  ['.ndjson', 'jsonl'],
  ['.json', 'json'],
  ['.csv', 'csv'],
  ['.tsv', 'tsv'],
];

/** Undefined for a name that is not that of a data file. `stem` is the name without its endings. */
export function formatOf(
  name: string,
): { readonly format: Format; readonly compression: Compression; readonly stem: string } | undefined {
  const compression = /\.gz$/i.test(name) ? 'gzip' : /\.zstd?$/i.test(name) ? 'zstd' : 'none';
  const plain = compression === 'none' ? name : name.replace(/\.[^.]+$/, '');
  const found = ENDINGS.find(([ending]) => plain.toLowerCase().endsWith(ending));
  if (!found || (found[1] === 'parquet' && compression !== 'none')) return undefined;
  return { format: found[1], compression, stem: plain.slice(0, -found[0].length) };
}

export const SUPPORTED = 'parquet, jsonl, json, csv and tsv; all but parquet also as .gz or .zst';
