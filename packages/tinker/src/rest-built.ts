/**
 * Addresses of files that the server has to build first, and may need minutes for (protocol, sections 6.17 and 6.18): asked for
 * until they are there.
 */
import { badResponse, statusError, TinkerError } from './errors.js';
import { waitFor } from './future.js';
import { bodyOf, requestIdOf } from './http/http.js';
import { camelKeys } from './names.js';
import { segment } from './rest-calls.js';
import type { RestCalls } from './rest-calls.js';
import type { ArchiveUrl, TraceExport } from './rest-types.js';
import type { WaitOptions } from './types.js';

const ARCHIVE_TRIES = 6;
const ARCHIVE_PAUSE_MS = 30_000;
const ARCHIVE_LIFE_MS = 900_000;
const TRACE_PAUSE_MS = 5000;

export async function archiveUrl(
  calls: RestCalls,
  trainingRunId: string,
  checkpointId: string,
  options: WaitOptions,
): Promise<ArchiveUrl> {
  const id = checkpointId.split('/').map(segment).join('/');
  const path = `training_runs/${segment(trainingRunId)}/checkpoints/${id}/archive`;
  for (let attempt = 1; ; attempt++) {
    const answer = await calls.send({
      method: 'GET',
      path,
      layers: 'A',
      accepts: status => status === 302 || status === 503,
      sdkMethod: 'RestClient.get_checkpoint_archive_url',
      ...options,
    });
    const location = answer.header('location');
    if (answer.status === 302 && location !== undefined) {
      const told = Date.parse(answer.header('expires') ?? '');
      const expires = Number.isNaN(told) ? Date.now() + ARCHIVE_LIFE_MS : told;
      return { url: location, expires: new Date(expires).toISOString() };
    }
    if (answer.status === 200) {
      const found = camelKeys(answer.json()) as Partial<ArchiveUrl>;
      if (typeof found.url !== 'string') throw badResponse('archive: the answer has no url', { body: found });
      return {
        url: found.url,
        expires: found.expires ?? new Date(Date.now() + ARCHIVE_LIFE_MS).toISOString(),
      };
    }
    if (attempt >= ARCHIVE_TRIES)
      throw statusError(answer.status, `GET ${path}`, bodyOf(answer), requestIdOf(answer), false);
    await calls.connection.http.pause(ARCHIVE_PAUSE_MS, { method: 'GET', path, signal: options.signal });
  }
}

export function traceUrl(calls: RestCalls, sessionId: string, options: WaitOptions): Promise<string> {
  const path = `sessions/${segment(sessionId)}/trace_export`;
  const work = async (): Promise<string> => {
    for (;;) {
      const sdkMethod = 'RestClient.export_session_trace';
      const trace = await calls.read<TraceExport>({
        method: 'GET',
        path,
        sdkMethod,
        signal: options.signal,
      });
      if (trace.status === 'ready' && trace.url !== undefined) return trace.url;
      if (trace.status === 'failed')
        throw new TinkerError(
          'request_failed',
          `the trace could not be exported: ${trace.error ?? 'no reason given'}`,
        );
      await calls.connection.http.pause(TRACE_PAUSE_MS, { method: 'GET', path, signal: options.signal });
    }
  };
  return waitFor(work(), options, 'exportSessionTrace');
}
