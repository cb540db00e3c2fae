/**
 * Recorded sessions as fixtures/golden/protocol/README.md describes them: gzipped JSON lines, a header and then the exchanges in
 * the order in which the requests arrived. Reading only.
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export type Json = Readonly<Record<string, unknown>>;

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
  readonly b64?: string;
  readonly proto?: Json;
}

export interface RecordedResponse {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
  readonly b64?: string;
  readonly proto?: Json;
  readonly undecodable?: string;
  readonly client_gone?: boolean;
  readonly cut?: string;
}

export interface Exchange {
  readonly i: number;
  readonly t0: number;
  readonly t1?: number;
  readonly seen: number;
  readonly req: RecordedRequest;
  readonly res: RecordedResponse;
}

export interface Recording {
  readonly name: string;
  /** Version of the SDK that made the requests. */
  readonly sdk: '0.38.0' | '0.25.0';
  readonly server: string;
  readonly scenario: string;
  readonly exchanges: readonly Exchange[];
}

const ROOT = '/api/v1/';

/** A value of a body as text; undefined stays recognisable. */
export const word = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : typeof value === 'bigint'
      ? value.toString()
      : (JSON.stringify(value) ?? 'undefined');

/** The path after `/api/v1/`. */
export const pathOf = (exchange: Exchange): string => exchange.req.path.slice(ROOT.length);
export const bodyOf = (exchange: Exchange): Json => (exchange.req.json ?? exchange.req.proto ?? {}) as Json;
export const answerOf = (exchange: Exchange): Json => (exchange.res.json ?? {}) as Json;

/** Asked for at times that depend on the clock: any number of them, bodies not compared. */
const LOOSE = new Set(['client/config', 'client/dynamic_config', 'session_heartbeat', 'telemetry']);
export const isLoose = (path: string): boolean => LOOSE.has(path);

/** Integers beyond 2^53 stay exact, as bigints. */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' &&
    !Number.isSafeInteger(value) &&
    context?.source !== undefined &&
    /^-?\d+$/.test(context.source)
      ? BigInt(context.source)
      : value,
  ) as unknown;
}

export async function readRecording(file: string): Promise<Recording> {
  const lines = gunzipSync(await readFile(file))
    .toString('utf8')
    .split('\n')
    .filter(Boolean);
  const header = JSON.parse(lines[0] ?? '{}') as Json;
  const sdk = /\d+\.\d+\.\d+/.exec(String(header['sdk']))?.[0];
  if (header['format'] !== 1) throw new Error(`${file}: format ${word(header['format'])} is not known`);
  if (sdk === undefined) throw new Error(`${file}: the header names no version of the SDK`);
  return {
    name: basename(file, '.jsonl.gz'),
    sdk: isNewer(sdk) ? '0.38.0' : '0.25.0',
    server: word(header['server']),
    scenario: word(header['scenario']),
    exchanges: lines.slice(1).map(line => parseExactly(line) as Exchange),
  };
}

/** From 0.26 on requests are those of 0.38.0, less some fields (section 27.7). */
function isNewer(sdk: string): boolean {
  const [major = 0, minor = 0] = sdk.split('.').map(Number);
  return major > 0 || minor >= 26;
}

/** All recordings of a folder. Throws if there is none. */
export async function listRecordings(folder: string): Promise<string[]> {
  const files = (await readdir(folder)).filter(name => name.endsWith('.jsonl.gz')).toSorted();
  if (files.length === 0) throw new Error(`${folder} contains no recordings (*.jsonl.gz)`);
  return files.map(name => join(folder, name));
}
