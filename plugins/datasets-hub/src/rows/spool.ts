/**
 * Copies of rows in a temporary file, reachable by place: what makes a shuffle of a compressed file possible without
 * holding it in memory. In memory are only the offsets, 8 bytes per row.
 */
import { readSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { originOf, type Row, type RowTable, withOrigin } from '@tinsmith/core';
import { problem } from '../problem.js';

const WRITTEN_TOGETHER = 1 << 20; // bytes

/** How a row and its origin are kept. */
export interface RowCodec {
  encode(value: readonly [string | undefined, Row]): Buffer;
  decode(bytes: Buffer): unknown;
}

/** For rows that were JSON or CSV. Makes less garbage than the other: half the peak of memory when measured. */
export const jsonCodec: RowCodec = {
  encode: value => Buffer.from(JSON.stringify(value)),
  decode: bytes => JSON.parse(bytes.toString('utf8')),
};

/** For rows of parquet, which can hold bytes, NaN and integers beyond a double. */
export const structuredCodec: RowCodec = { encode: serialize, decode: deserialize };

/** Owns the temporary files of one row source. */
export class Spools {
  private folder: Promise<string> | undefined;
  private readonly handles: FileHandle[] = [];
  private files = 0;
  private isClosed = false;

  /** Reads all rows once. The table can be used until `close`. */
  async copy<R extends Row>(rows: AsyncIterable<R>, codec: RowCodec): Promise<RowTable<R>> {
    if (this.isClosed) throw closed();
    this.folder ??= mkdtemp(join(tmpdir(), 'tinsmith-rows-'));
    const name = `${this.files++}.rows`; // before anything is waited for: several copies may be made at once
    const handle = await open(join(await this.folder, name), 'wx+');
    if (this.isClosed) {
      await handle.close(); // in the meantime
      throw closed();
    }
    this.handles.push(handle);
    try {
      const offsets = await write(handle, rows, codec);
      return { length: offsets.length - 1, at: async index => readAt(handle.fd, offsets, index, codec) as R };
    } catch (error) {
      throw explain(error, await this.folder);
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all(this.handles.map(handle => handle.close()));
    if (this.folder) await rm(await this.folder, { recursive: true, force: true });
  }
}

const closed = () => new Error('the row source has been closed');

/** Where each row begins, and where the last one ends. */
async function write(handle: FileHandle, rows: AsyncIterable<Row>, codec: RowCodec): Promise<Float64Array> {
  let offsets = new Float64Array(1024);
  let count = 0;
  let offset = 0;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  const flush = async (): Promise<void> => {
    await handle.appendFile(Buffer.concat(pending));
    pending = [];
    pendingBytes = 0;
  };
  for await (const row of rows) {
    const bytes = codec.encode([originOf(row), row]);
    pending.push(bytes);
    pendingBytes += bytes.length;
    offset += bytes.length;
    if (++count === offsets.length) {
      const larger = new Float64Array(count * 2);
      larger.set(offsets);
      offsets = larger;
    }
    offsets[count] = offset;
    if (pendingBytes > WRITTEN_TOGETHER) await flush();
  }
  await flush();
  return offsets.slice(0, count + 1);
}

/** Synchronous: a row takes microseconds this way, and twenty times as long through the thread pool. */
function readAt(descriptor: number, offsets: Float64Array, index: number, codec: RowCodec): Row {
  const start = offsets[index];
  const end = offsets[index + 1];
  if (start === undefined || end === undefined) {
    throw new RangeError(`row ${index} of ${offsets.length - 1}`);
  }
  const bytes = Buffer.allocUnsafe(end - start);
  readSync(descriptor, bytes, 0, bytes.length, start);
  const [origin, row] = codec.decode(bytes) as [string | null | undefined, Row];
  return typeof origin === 'string' ? withOrigin(row, origin) : row;
}

function explain(error: unknown, folder: string): unknown {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return problem({
    code: 'DATA_DISK_FULL',
    message: 'the disk for temporary files has no room for a copy of the rows, which a shuffle needs',
    at: folder,
    fix: 'set TMPDIR to a folder on another disk, or use shuffleThroughBuffer',
    cause: error,
  });
}
