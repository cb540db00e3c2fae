/** The bytes of a file, decompressed, in chunks. Failures name the file. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { messageOf, TinsmithError } from '@tinsmith/core';
import { problem } from '../problem.js';
import { type Compression, type DataFile, formatOf } from './data-file.js';

const LFS_POINTER = 'version https://git-lfs';

export async function* readBytes(file: DataFile): AsyncGenerator<Buffer> {
  const compression = formatOf(file.name)?.compression ?? formatOf(file.path)?.compression ?? 'none';
  try {
    yield* decompress(checkPointer(createReadStream(file.path), file), compression);
  } catch (error) {
    throw explain(error, file);
  }
}

function decompress(bytes: AsyncGenerator<Buffer>, compression: Compression): AsyncIterable<Buffer> {
  if (compression === 'none') return bytes;
  if (compression === 'zstd') return decompressZstd(bytes);
  return pipeline(bytes, createGunzip(), () => undefined); // the failure also reaches whoever reads
}

/** Node's stream ends with the first frame of a chunk and forgets the rest of it; files may have many frames. */
async function* decompressZstd(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const output: Buffer[] = [];
  let fail: ((error: Error) => void) | undefined;
  const newFrame = (): ReturnType<typeof createZstdDecompress> =>
    createZstdDecompress()
      .on('data', (chunk: Buffer) => output.push(chunk))
      .on('error', error => fail?.(error));
  let frame = newFrame();
  for await (const chunk of bytes) {
    let rest = chunk;
    while (rest.length > 0) {
      const before = frame.bytesWritten;
      await new Promise<void>((resolve, reject) => {
        fail = reject;
        frame.write(rest, () => resolve());
      });
      yield* output.splice(0);
      rest = rest.subarray(frame.bytesWritten - before);
      if (rest.length > 0) frame = newFrame();
    }
  }
  await new Promise<void>((resolve, reject) => {
    fail = reject;
    frame.on('end', resolve).end();
  });
  yield* output.splice(0);
}

async function* checkPointer(chunks: AsyncIterable<Buffer>, file: DataFile): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const chunk of chunks) {
    if (isFirst) refusePointer(chunk, file);
    isFirst = false;
    yield chunk;
  }
}

/** @throws DATA_LFS_POINTER for the start of a file that git-lfs has not replaced by its content. */
export function refusePointer(start: Buffer, file: DataFile): void {
  if (!start.subarray(0, LFS_POINTER.length).equals(Buffer.from(LFS_POINTER))) return;
  throw problem({
    code: 'DATA_LFS_POINTER',
    message: 'this file is a pointer of git-lfs, not the data',
    at: file.name,
    fix: 'run git lfs pull in its folder, or use the hub id of the data set',
  });
}

/** Turns failures of the disk and of decompression into problems with the file. */
export function explain(error: unknown, file: DataFile): unknown {
  if (TinsmithError.is(error)) return error;
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code !== 'string') return error;
  const at = file.name;
  if (code === 'Z_BUF_ERROR') {
    const fix = 'download or copy it again';
    return problem({
      code: 'DATA_TRUNCATED',
      message: 'the compressed file ends in the middle',
      at,
      fix,
      cause: error,
    });
  }
  if (/^(Z_|ZSTD_)/.test(code)) {
    return problem({
      code: 'DATA_CORRUPT',
      message: 'the compressed file is damaged, or is not what its name says',
      at,
      found: messageOf(error),
      fix: 'download or copy it again',
      cause: error,
    });
  }
  if (/^E[A-Z]+$/.test(code)) {
    return problem({
      code: code === 'ENOENT' ? 'DATA_FILE_MISSING' : 'DATA_FILE_UNREADABLE',
      message: code === 'ENOENT' ? 'there is no such file' : 'the file cannot be read',
      at: file.path,
      found: messageOf(error),
      cause: error,
    });
  }
  return error;
}
