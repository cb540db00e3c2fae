/**
 * How calls about runs, checkpoints, sessions and usage are sent and read (protocol, sections 6.16-6.18). Needs no session and
 * opens none. Knows none of the calls.
 */
import { Connection } from './connection.js';
import { badInput, badResponse } from './errors.js';
import { waitFor } from './future.js';
import { Http, requestIdOf } from './http/http.js';
import type { Answer, Call } from './http/http.js';
import { camelKeys } from './names.js';
import { readSettings } from './options.js';
import type { ClientOptions } from './options.js';

export type RestCall = Omit<Call, 'layers'> & { readonly layers?: Call['layers'] };

export class RestCalls {
  readonly connection: Connection;

  constructor(source: ClientOptions | Connection) {
    this.connection = source instanceof Connection ? source : new Connection(new Http(readSettings(source)));
  }

  send({ timeoutMs, ...call }: RestCall): Promise<Answer> {
    const sent = this.connection.call({ layers: 'AB', ...call });
    return waitFor(sent, { signal: call.signal, timeoutMs }, `${call.method} ${call.path}`);
  }

  /** The answer's object, with keys in camelCase. */
  async read<T>(call: RestCall): Promise<T> {
    const answer = await this.send(call);
    const body = camelKeys(answer.json());
    if (typeof body !== 'object' || body === null)
      throw badResponse(`${call.method} ${call.path}: the answer is empty`, {
        requestId: requestIdOf(answer),
      });
    return body as T;
  }
}

/** Ids carry colons, which stay; whatever could leave its place in the path is encoded. */
export function segment(id: string): string {
  if (id === '' || id === '.' || id === '..') throw badInput(`"${id}" is not an id`);
  return encodeURIComponent(id).replaceAll('%3A', ':');
}
