/**
 * An embedding endpoint of OpenAI's form on loopback that stands in for a model: words and their endings, hashed into a few
 * hundred numbers. The same text has the same vector on every machine, and texts that share words are near each other; it
 * understands nothing.
 */
import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The name says what it is. */
export const STAND_IN_MODEL = 'stand-in-hashed-words';

export interface StandInEmbeddings extends AsyncDisposable {
  /** To be given as `baseUrl`. */
  readonly url: string;
  /** Texts that were asked for so far. */
  readonly texts: number;
  /** From now on; by default 256. */
  dimension: number;
  /** Answered instead, if set. */
  status: number | undefined;
}

export async function startStandInEmbeddings(port = 0): Promise<StandInEmbeddings> {
  const state = { texts: 0, dimension: 256, status: undefined as number | undefined };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (state.status !== undefined)
        return answer(response, state.status, { error: { message: 'told to fail' } });
      if (request.url !== '/v1/embeddings')
        return answer(response, 404, { error: { message: `nothing at ${request.url}` } });
      const { input } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { input: string | string[] };
      const texts = [input].flat();
      state.texts += texts.length;
      const data = texts.map((text, index) => ({
        object: 'embedding',
        index,
        embedding: hashedVector(text, state.dimension),
      }));
      return answer(response, 200, { object: 'list', model: STAND_IN_MODEL, data });
    });
  });
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  });
}

function answer(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** Length 1; a text without words points nowhere in particular. */
export function hashedVector(text: string, dimension: number): number[] {
  const vector = Array.from({ length: dimension }, () => 0);
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [''];
  for (const word of words) {
    for (const piece of [word, word.slice(0, 5)]) {
      const hash = createHash('sha256').update(piece).digest();
      vector[hash.readUInt32LE(0) % dimension]! += hash[4]! % 2 === 0 ? 1 : -1;
    }
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map(value => value / length);
}
