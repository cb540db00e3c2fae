/**
 * Reading tar as a stream: ustar with the GNU and PAX ways of long names. Says what each entry is and writes nothing.
 */
import { badResponse } from './errors.js';

export interface TarEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** Must be read, or left, before the next entry is asked for. */
  readonly content: AsyncIterable<Uint8Array>;
}

const BLOCK = 512;
/** Of a long name: longer ones are an attack. */
const MAX_NAME = 65_536;

export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const reader = new BlockReader(source);
  let longName: string | undefined;
  for (;;) {
    const header = await reader.take(BLOCK, true);
    if (!header || header.every(byte => byte === 0)) return;
    checkSum(header);
    const size = octal(header, 124, 12);
    const type = String.fromCharCode(header[156]!);
    if (type === 'L' || type === 'x' || type === 'g') {
      if (size > MAX_NAME) throw refused('a name has no end');
      const content = (await reader.take(Math.ceil(size / BLOCK) * BLOCK))!.subarray(0, size);
      if (type === 'L') longName = text(content);
      else if (type === 'x') longName = paxPath(text(content)) ?? longName;
      continue;
    }
    const prefix = text(header.subarray(345, 500));
    const short = text(header.subarray(0, 100));
    const ustar = text(header.subarray(257, 262)) === 'ustar';
    const name = longName ?? (ustar && prefix ? `${prefix}/${short}` : short);
    longName = undefined;
    let left = size;
    async function* rest(): AsyncGenerator<Uint8Array> {
      while (left > 0) {
        const part = await reader.some(left);
        left -= part.length;
        yield part;
      }
    }
    yield { name: name.replace(/\/$/, ''), kind: kindOf(type), content: rest() };
    while (left > 0) left -= (await reader.some(left)).length;
    await reader.take((BLOCK - (size % BLOCK)) % BLOCK);
  }
}

function kindOf(type: string): TarEntry['kind'] {
  if (type === '0' || type === '\0' || type === '7') return 'file';
  if (type === '5') return 'directory';
  return type === '1' || type === '2' ? 'link' : 'other';
}

function checkSum(header: Uint8Array): void {
  let sum = 0;
  header.forEach((byte, index) => (sum += index >= 148 && index < 156 ? 32 : byte));
  if (sum !== octal(header, 148, 8)) throw refused('a header is damaged');
}

/** Octal text, or base 256 for what does not fit. */
function octal(bytes: Uint8Array, at: number, length: number): number {
  const field = bytes.subarray(at, at + length);
  if (field[0]! & 0x80) {
    const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
    if (!Number.isSafeInteger(value)) throw refused('a size is not plausible');
    return value;
  }
  const value = Number.parseInt(text(field).trim() || '0', 8);
  if (!Number.isSafeInteger(value) || value < 0) throw refused('a size is not a number');
  return value;
}

/** `<length> path=<value>\n` records. */
function paxPath(records: string): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(records)?.[1];
}

const decoder = new TextDecoder();
const text = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
};

const refused = (why: string) => badResponse(`the archive is refused: ${why}`);

class BlockReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** At most `limit` bytes, at least one. */
  async some(limit: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const { value, done } = await this.#source.next();
      if (done) throw refused('it ends too early');
      this.#rest = value;
    }
    const part = this.#rest.subarray(0, limit);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  /** Exactly so many; undefined if the file ends here and may. */
  async take(length: number, mayEnd = false): Promise<Uint8Array | undefined> {
    const out = new Uint8Array(length);
    for (let at = 0; at < length;) {
      if (this.#rest.length === 0 && at === 0 && mayEnd) {
        const { value, done } = await this.#source.next();
        if (done) return undefined;
        this.#rest = value;
        continue;
      }
      const part = await this.some(length - at);
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}
