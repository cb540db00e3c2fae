/**
 * Runs, checkpoints, sessions and usage (protocol, sections 6.16-6.18 and 17.5). Needs no session and opens none.
 */
import type { Identity } from './auth.js';
import type { Connection } from './connection.js';
import type { Dialect } from './dialect.js';
import { badInput, badResponse } from './errors.js';
import { camelKeys, snakeKeys } from './names.js';
import type { ClientOptions } from './options.js';
import { Listing } from './pages.js';
import type { Page } from './pages.js';
import { parseTinkerPath } from './path.js';
import { archiveUrl, traceUrl } from './rest-built.js';
import { RestCalls, segment } from './rest-calls.js';
import type * as Rest from './rest-types.js';
import type { WaitOptions } from './types.js';

interface ScopeOptions extends WaitOptions {
  /** Default `owned`. */
  readonly accessScope?: Rest.AccessScope;
}

interface PageOptions extends WaitOptions {
  readonly limit?: number;
  readonly offset?: number;
}

export class RestClient {
  readonly #calls: RestCalls;

  /** With options: a client of its own. A ServiceClient makes one that shares its settings. */
  constructor(source: ClientOptions | Connection = {}) {
    this.#calls = new RestCalls(source);
  }

  async dialect(): Promise<Dialect> {
    return (await this.#calls.connection.ready()).dialect;
  }

  /** Ends everything that waits. A RestClient of a ServiceClient is closed with it. */
  close(): Promise<void> {
    this.#calls.connection.http.close();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  getServerCapabilities(options: WaitOptions = {}): Promise<Rest.ServerCapabilities> {
    return this.serverCapabilities('RestClient.get_server_capabilities', options);
  }

  /** @internal */
  serverCapabilities(sdkMethod: string, options: WaitOptions): Promise<Rest.ServerCapabilities> {
    return this.#calls.read({ method: 'GET', path: 'get_server_capabilities', sdkMethod, ...options });
  }

  // ---- training runs

  getTrainingRun(
    trainingRunId: string,
    { accessScope = 'owned', ...options }: ScopeOptions = {},
  ): Promise<Rest.TrainingRun> {
    return this.#calls.read({
      method: 'GET',
      path: `training_runs/${segment(trainingRunId)}`,
      query: { access_scope: accessScope },
      sdkMethod: 'RestClient.get_training_run',
      ...options,
    });
  }

  getTrainingRunByTinkerPath(path: string, options: ScopeOptions = {}): Promise<Rest.TrainingRun> {
    return this.getTrainingRun(parseTinkerPath(path).trainingRunId, options);
  }

  /** Await it for one page, iterate over it for all. */
  listTrainingRuns(
    options: PageOptions & { readonly accessScope?: Rest.AccessScope; readonly projectId?: string } = {},
  ): Listing<Rest.TrainingRun> {
    const { limit = 20, offset: from = 0, accessScope = 'owned', projectId, ...wait } = options;
    return new Listing(async offset => {
      const page = await this.#calls.read<{ trainingRuns: Rest.TrainingRun[]; cursor?: Rest.Cursor }>({
        method: 'GET',
        path: 'training_runs',
        query: { limit, offset, access_scope: accessScope, project_id: projectId },
        sdkMethod: 'RestClient.list_training_runs',
        ...wait,
      });
      return { items: page.trainingRuns, ...(page.cursor && { cursor: page.cursor }) };
    }, from);
  }

  // ---- checkpoints

  getWeightsInfoByTinkerPath(path: string, options: WaitOptions = {}): Promise<Rest.WeightsInfo> {
    return this.weightsInfo(path, 'RestClient.get_weights_info_by_tinker_path', options);
  }

  /** @internal */
  weightsInfo(path: string, sdkMethod: string, options: WaitOptions = {}): Promise<Rest.WeightsInfo> {
    return this.#calls.read({
      method: 'POST',
      path: 'weights_info',
      json: { tinker_path: path },
      sdkMethod,
      ...options,
    });
  }

  /** All checkpoints of a run, unpaginated. */
  async listCheckpoints(
    trainingRunId: string,
    options: WaitOptions = {},
  ): Promise<readonly Rest.Checkpoint[]> {
    const { checkpoints } = await this.#calls.read<{ checkpoints: Rest.Checkpoint[] }>({
      method: 'GET',
      path: `training_runs/${segment(trainingRunId)}/checkpoints`,
      sdkMethod: 'RestClient.list_checkpoints',
      ...options,
    });
    return checkpoints;
  }

  /** All of the account's checkpoints, newest first. Await it for one page, iterate over it for all. */
  listUserCheckpoints(options: PageOptions = {}): Listing<Rest.Checkpoint> {
    const { limit = 100, offset: from = 0, ...wait } = options;
    return new Listing(async (offset): Promise<Page<Rest.Checkpoint>> => {
      const page = await this.#calls.read<{ checkpoints: Rest.Checkpoint[]; cursor?: Rest.Cursor }>({
        method: 'GET',
        path: 'checkpoints',
        query: { limit, offset },
        sdkMethod: 'RestClient.list_user_checkpoints',
        ...wait,
      });
      return { items: page.checkpoints, ...(page.cursor && { cursor: page.cursor }) };
    }, from);
  }

  /** `checkpointId` is `weights/<name>` or `sampler_weights/<name>`. */
  deleteCheckpoint(trainingRunId: string, checkpointId: string, options: WaitOptions = {}): Promise<void> {
    return this.#checkpoint(
      'DELETE',
      trainingRunId,
      checkpointId,
      '',
      'RestClient.delete_checkpoint',
      options,
    );
  }

  deleteCheckpointFromTinkerPath(path: string, options: WaitOptions = {}): Promise<void> {
    return this.#atPath('DELETE', path, '', 'RestClient.delete_checkpoint_from_tinker_path', options);
  }

  /** Errors: `conflict` if it is public already. */
  publishCheckpointFromTinkerPath(path: string, options: WaitOptions = {}): Promise<void> {
    return this.#atPath('POST', path, '/publish', 'RestClient.publish_checkpoint_from_tinker_path', options);
  }

  /** Errors: `conflict` if it is not public. */
  unpublishCheckpointFromTinkerPath(path: string, options: WaitOptions = {}): Promise<void> {
    return this.#atPath(
      'DELETE',
      path,
      '/publish',
      'RestClient.unpublish_checkpoint_from_tinker_path',
      options,
    );
  }

  /** Expiry in seconds from now; null = never. */
  setCheckpointTtlFromTinkerPath(
    path: string,
    ttlSeconds: number | null,
    options: WaitOptions = {},
  ): Promise<void> {
    if (ttlSeconds !== null && !(ttlSeconds > 0))
      return Promise.reject(
        badInput(`ttlSeconds is ${ttlSeconds}; it must be above 0, or null for no expiry`),
      );
    const name = 'RestClient.set_checkpoint_ttl_from_tinker_path';
    return this.#atPath('PUT', path, '/ttl', name, options, { ttl_seconds: ttlSeconds });
  }

  #atPath(
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    suffix: string,
    sdkMethod: string,
    options: WaitOptions,
    json?: unknown,
  ): Promise<void> {
    const { trainingRunId, checkpointId } = parseTinkerPath(path);
    return this.#checkpoint(method, trainingRunId, checkpointId, suffix, sdkMethod, options, json);
  }

  /** The id adds a path segment and is not percent-encoded (trap 18). */
  async #checkpoint(
    method: 'POST' | 'PUT' | 'DELETE',
    run: string,
    checkpointId: string,
    suffix: string,
    sdkMethod: string,
    options: WaitOptions,
    json?: unknown,
  ): Promise<void> {
    const id = checkpointId.split('/').map(segment).join('/');
    const path = `training_runs/${segment(run)}/checkpoints/${id}${suffix}`;
    // A state that is already there does not change by asking again.
    await this.#calls.send({ method, path, json, sdkMethod, final: status => status === 409, ...options });
  }

  /**
   * A signed address of a checkpoint as a tar file (0.25.0; 0.38.0 has exports instead). The server may need minutes to
   * build it. Errors: `unsupported` where the call is gone.
   */
  getCheckpointArchiveUrl(
    trainingRunId: string,
    checkpointId: string,
    options: WaitOptions = {},
  ): Promise<Rest.ArchiveUrl> {
    return archiveUrl(this.#calls, trainingRunId, checkpointId, options);
  }

  getCheckpointArchiveUrlFromTinkerPath(path: string, options: WaitOptions = {}): Promise<Rest.ArchiveUrl> {
    const { trainingRunId, checkpointId } = parseTinkerPath(path);
    return this.getCheckpointArchiveUrl(trainingRunId, checkpointId, options);
  }

  /** Signed addresses of the files of a `saveWeightsExternal` path (0.38.0). */
  getExternalWeightsUrls(path: string, options: WaitOptions = {}): Promise<Rest.ExternalWeightsUrls> {
    const { trainingRunId, kind, checkpointId } = parseTinkerPath(path);
    if (kind !== 'external_weights')
      return Promise.reject(badInput(`"${path}" is no export; make one with saveWeightsExternal`));
    return this.#calls.read({
      method: 'GET',
      path: `training_runs/${segment(trainingRunId)}/checkpoints/${checkpointId}/external_weights_urls`,
      sdkMethod: 'RestClient.get_external_weights_urls',
      ...options,
    });
  }

  /** A copy of a checkpoint in another project (0.38.0). Gives its path. */
  copyWeights(
    path: string,
    options: WaitOptions & {
      readonly destinationProjectId: string;
      readonly ttlSeconds?: number;
      readonly weightsAccessToken?: string;
    },
  ): Promise<string> {
    parseTinkerPath(path);
    return this.copy(
      {
        destination_project_id: options.destinationProjectId,
        source_path: path,
        ttl_seconds: options.ttlSeconds,
      },
      options.weightsAccessToken,
      'RestClient.copy_weights',
      options,
    );
  }

  /** @internal The one call whose idempotency key stays the same over all retries: the server goes by it. */
  async copy(
    json: Readonly<Record<string, unknown>>,
    token: string | undefined,
    sdkMethod: string,
    options: WaitOptions,
  ): Promise<string> {
    const { tinkerPath } = await this.#calls.read<{ tinkerPath?: string }>({
      method: 'POST',
      path: 'copy_weights',
      json,
      idempotencyKey: crypto.randomUUID(),
      headers: token === undefined ? {} : { 'X-Tinker-Weights-Access-Token': token },
      sdkMethod,
      signal: options.signal,
      timeoutMs: options.timeoutMs,
    });
    if (tinkerPath === undefined) throw badResponse('copy_weights: the answer has no tinker_path');
    return tinkerPath;
  }

  // ---- sessions and samplers

  getSession(
    sessionId: string,
    { accessScope = 'owned', ...options }: ScopeOptions = {},
  ): Promise<Rest.SessionInfo> {
    return this.#calls.read({
      method: 'GET',
      path: `sessions/${segment(sessionId)}`,
      query: { access_scope: accessScope },
      sdkMethod: 'RestClient.get_session',
      ...options,
    });
  }

  /** Session ids, `limit` (20) of them from `offset` on. */
  async listSessions(options: PageOptions & ScopeOptions = {}): Promise<readonly string[]> {
    const { limit = 20, offset = 0, accessScope = 'owned', ...wait } = options;
    const { sessions } = await this.#calls.read<{ sessions: string[] }>({
      method: 'GET',
      path: 'sessions',
      query: { limit, offset, access_scope: accessScope },
      sdkMethod: 'RestClient.list_sessions',
      ...wait,
    });
    return sessions;
  }

  /** Experimental on the service (0.38.0). */
  searchSessions(
    search: Rest.SessionSearch = {},
    options: WaitOptions = {},
  ): Promise<Rest.SessionSearchResult> {
    const json = snakeKeys({
      ...search,
      userMetadata: search.userMetadata ?? {},
      owner: search.owner ?? { type: 'own' },
      limit: search.limit ?? 50,
    });
    return this.#calls.read({
      method: 'POST',
      path: 'sessions/search',
      json,
      sdkMethod: 'RestClient.search_sessions',
      ...options,
    });
  }

  async assignSessionProject(sessionId: string, projectId: string, options: WaitOptions = {}): Promise<void> {
    await this.#calls.send({
      method: 'PUT',
      path: `sessions/${segment(sessionId)}/project`,
      json: { project_id: projectId },
      sdkMethod: 'RestClient.assign_session_project',
      ...options,
    });
  }

  /** The address of a session's trace, once the server has built it. Give it a `timeoutMs` or a `signal`. */
  exportSessionTrace(sessionId: string, options: WaitOptions = {}): Promise<string> {
    return traceUrl(this.#calls, sessionId, options);
  }

  getSampler(samplerId: string, options: WaitOptions = {}): Promise<Rest.SamplerInfo> {
    const path = `samplers/${segment(samplerId)}`;
    return this.#calls.read({ method: 'GET', path, sdkMethod: 'RestClient.get_sampler', ...options });
  }

  // ---- account

  /** `eventType` `all`, `checkpoints`, and in 0.38.0 `projects`, `teams`, `organizations`; `day` as YYYY-MM-DD. */
  async getAuditLog(
    options: WaitOptions & { readonly eventType?: string; readonly day?: string } = {},
  ): Promise<readonly Rest.AuditEntry[]> {
    const { eventType = 'all', day, ...wait } = options;
    const { entries } = await this.#calls.read<{ entries: Rest.AuditEntry[] }>({
      method: 'GET',
      path: 'audit',
      query: { event_type: eventType, day },
      sdkMethod: 'AdminClient.get_audit_log',
      ...wait,
    });
    return entries;
  }

  /** Both RFC 3339, whole UTC hours, at most 14 days apart. */
  async getBillingUsage(
    startingOn: string,
    endingBefore: string,
    options: WaitOptions = {},
  ): Promise<Rest.BillingUsage> {
    const answer = await this.#calls.send({
      method: 'GET',
      path: 'billing/usage/events',
      query: { starting_on: startingOn, ending_before: endingBefore },
      sdkMethod: 'AdminClient.get_billing_usage',
      ...options,
    });
    const { sessions = {}, ...rest } = (answer.json() ?? {}) as {
      sessions?: Readonly<Record<string, unknown>>;
    };
    // Session ids are keys of a map, and no names to be changed.
    const byId = Object.entries(sessions).map(([id, session]) => [id, camelKeys(session)]);
    return {
      ...(camelKeys(rest) as Omit<Rest.BillingUsage, 'sessions'>),
      sessions: Object.fromEntries(byId),
    };
  }

  /** Storage in use now (0.38.0). */
  getCurrentCheckpointStorageUsage(
    options: WaitOptions & { readonly projectId?: string } = {},
  ): Promise<Rest.StorageUsage> {
    const { projectId, ...wait } = options;
    return this.#calls.read({
      method: 'GET',
      path: 'billing/usage/checkpoints/current',
      query: { project_id: projectId },
      sdkMethod: 'AdminClient.get_current_checkpoint_storage_usage',
      ...wait,
    });
  }

  /** Who the credential speaks for, read from the JWT that the server gave; no request of its own. */
  async whoami(): Promise<Identity> {
    await this.#calls.connection.ready();
    return this.#calls.connection.auth.identity();
  }

  /** @internal For downloads: what is open ends when the client closes. */
  get connection(): Connection {
    return this.#calls.connection;
  }
}
