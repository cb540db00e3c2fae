/**
 * Our client, driven through the calls of a recording: a call that began after another had ended waits for that one, calls that
 * overlapped overlap again. Gives what every call gave.
 */
import {
  RestClient,
  ServiceClient,
  type ClientOptions,
  type Datum,
  type ModelInput,
  type ProvenanceSpan,
  type SampleRequest,
  type SamplingClient,
  type TensorData,
  type TinkerFuture,
  type TrainingClient,
} from '@tinsmith/tinker';
import type { Call } from './calls.ts';
import type { Player } from './player.ts';
import {
  answerOf,
  bodyOf,
  isLoose,
  pathOf,
  word,
  type Exchange,
  type Json,
  type Recording,
} from './recording.ts';

export type Outcome = { readonly value: unknown } | { readonly error: unknown };

interface World {
  readonly recording: Recording;
  readonly player: Player;
  readonly services: ServiceClient[];
  closed: boolean;
  readonly sessions: Map<string, ServiceClient>;
  readonly models: Map<string, TrainingClient>;
  readonly samplers: Map<string, SamplingClient>;
  /** Aborts a sample, by the request id that the recording gave it. */
  readonly cancels: Map<string, AbortController>;
  /** For listings after the last session was closed. */
  outside: RestClient | undefined;
}

const OPTIONS: ClientOptions = {
  apiKey: 'tml-recording',
  logger: false,
  userMetadata: {},
  tags: [],
  checkInputs: false, // the recordings contain what we refuse before sending
};

export async function drive(
  recording: Recording,
  calls: readonly Call[],
  player: Player,
): Promise<Map<Call, Outcome>> {
  const world: World = {
    recording,
    player,
    services: [],
    closed: false,
    sessions: new Map(),
    models: new Map(),
    samplers: new Map(),
    cancels: new Map(),
    outside: undefined,
  };
  const outcomes = new Map<Call, Outcome>();
  const running = new Map<Call, Promise<void>>();
  try {
    for (const call of calls) {
      await Promise.all([...running].filter(([other]) => other.end <= call.start).map(([, done]) => done));
      const work = perform(world, call).then(
        value => void outcomes.set(call, { value }),
        (error: unknown) => void outcomes.set(call, { error }),
      );
      running.set(
        call,
        work.finally(() => running.delete(call)),
      );
    }
    await Promise.all(running.values());
    return outcomes;
  } finally {
    // Without finishing sessions that the recording did not finish.
    for (const service of world.services) await service.createRestClient().close();
    await world.outside?.close();
  }
}

async function perform(world: World, call: Call): Promise<unknown> {
  const first = call.submissions[0]!;
  const body = bodyOf(first);
  switch (call.kind) {
    case 'session':
      return openSession(world, call.submissions.at(-1)!);
    case 'createModel':
      return createModel(world, body);
    case 'fromState':
      return fromState(world, call);
    case 'train':
      return train(world, call);
    case 'custom':
      return custom(world, call);
    case 'simple':
      return settle(call, simple(world, pathOf(first), body));
    case 'saveSampler':
      return saveSampler(world, body);
    case 'sampler':
      return sampler(world, call.submissions.at(-1)!);
    case 'sample':
      return sample(world, call);
    case 'getInfo':
      return model(world, body).getInfo();
    case 'whoami':
      return world.services.at(-1)!.createRestClient().whoami();
    case 'cancel':
      return cancel(world, first);
    case 'customLoss':
      return service(world, body).createCustomLoss(
        body as unknown as Parameters<ServiceClient['createCustomLoss']>[0] & Json,
      );
    case 'finish': {
      const reason = body['reason'] as { type: 'success' };
      const id = pathOf(first).split('/')[1]!;
      world.closed = true;
      return world.sessions.get(id)!.close(reason.type, (body['detail'] as string | null) ?? undefined);
    }
    default:
      return rest(world, first);
  }
}

const optionsOf = (world: World): ClientOptions => ({
  ...OPTIONS,
  baseUrl: world.player.url,
  dialect: world.recording.sdk,
});

async function openSession(world: World, exchange: Exchange): Promise<string> {
  const body = bodyOf(exchange);
  world.closed = false;
  const client = new ServiceClient({
    ...optionsOf(world),
    userMetadata: (body['user_metadata'] ?? {}) as Record<string, string>,
    projectId: body['project_id'] as string | undefined,
    displayName: body['display_name'] as string | undefined,
    tags: body['tags'] as string[],
  });
  world.services.push(client);
  world.sessions.set(word(answerOf(exchange)['session_id']), client);
  return client.sessionId();
}

const service = (world: World, body: Json): ServiceClient =>
  found(world.sessions, word(body['session_id']), 'session');
const model = (world: World, body: Json): TrainingClient =>
  found(world.models, word(body['model_id']), 'model');

function found<T>(map: ReadonlyMap<string, T>, key: string, what: string): T {
  const value = map.get(key);
  if (value === undefined) throw new Error(`the recording uses ${what} ${key}, which no call has made`);
  return value;
}

const register = (world: World, client: TrainingClient): TrainingClient => {
  world.models.set(client.modelId, client);
  return client;
};

async function createModel(world: World, body: Json): Promise<TrainingClient> {
  const lora = (body['lora_config'] ?? {}) as Json;
  const optimizer = body['optimizer_config'] as { type: string } | undefined;
  const client = await service(world, body).createLoraTrainingClient({
    baseModel: word(body['base_model']),
    rank: lora['rank'] as number | undefined,
    seed: lora['seed'] as number | undefined,
    trainAttn: lora['train_attn'] as boolean | undefined,
    trainMlp: lora['train_mlp'] as boolean | undefined,
    trainUnembed: lora['train_unembed'] as boolean | undefined,
    userMetadata: body['user_metadata'] as Record<string, string> | undefined,
    ...(world.recording.sdk === '0.38.0' && optimizer && { optimizerConfig: optimizer }),
  });
  return register(world, client);
}

async function fromState(world: World, call: Call): Promise<TrainingClient> {
  const load = call.submissions.find(each => pathOf(each) === 'load_weights') ?? call.submissions.at(-1)!;
  const body = bodyOf(load);
  const owner =
    body['session_id'] === undefined
      ? bodyOf(call.submissions.find(each => pathOf(each) === 'create_model')!)
      : body;
  const options = {
    baseModel: body['base_model'] as string | undefined,
    userMetadata: owner['user_metadata'] as Record<string, string> | undefined,
    weightsAccessToken: body['weights_access_token'] as string | undefined,
  };
  const client = service(world, owner);
  const path = word(body['path']);
  return register(
    world,
    body['optimizer'] === true
      ? await client.createTrainingClientFromStateWithOptimizer(path, options)
      : await client.createTrainingClientFromState(path, options),
  );
}

/** The result, unless the recording ends before it: then the acceptance is all there is. */
async function settle(call: Call, future: TinkerFuture<unknown>): Promise<unknown> {
  const submissions = await future.submitted;
  const polled = call.exchanges
    .filter(each => pathOf(each) === 'retrieve_future')
    .map(each => bodyOf(each)['request_id']);
  return submissions.every(id => polled.includes(id)) ? future.result() : NOT_AWAITED;
}

/** Stands for a result that nobody waited for. */
export const NOT_AWAITED = Symbol('not awaited');

const dataOf = (call: Call, forwardOnly?: boolean): Datum[] =>
  call.submissions
    .map(bodyOf)
    .filter(body => forwardOnly === undefined || (body['forward_only'] === true) === forwardOnly)
    .flatMap(body => (body['data'] as readonly Json[]).map(datum));

function train(world: World, call: Call): Promise<unknown> {
  const body = bodyOf(call.submissions[0]!);
  const config = (body['loss_fn_config_v2'] ?? body['loss_fn_config']) as
    | Record<string, number | string>
    | undefined;
  const client = model(world, body);
  const pass =
    body['forward_only'] === true ? client.forward.bind(client) : client.forwardBackward.bind(client);
  return settle(call, pass(dataOf(call), word(body['loss_fn']), config));
}

/** The recorded backward weights are what the gradients were. */
function custom(world: World, call: Call): Promise<unknown> {
  const backward = dataOf(call, false);
  return model(world, bodyOf(call.submissions[0]!))
    .forwardBackwardCustom(dataOf(call, true), () => {
      if (backward.length === 0) throw new Error('the recorded loss failed');
      const gradients = backward.map(each =>
        Array.from(each.lossFnInputs['weights']!.data as ArrayLike<number>, weight => -weight),
      );
      return { loss: 0, gradients };
    })
    .result();
}

function simple(world: World, path: string, body: Json): TinkerFuture<unknown> {
  const client = model(world, body);
  const options = {
    ttlSeconds: body['ttl_seconds'] as number | undefined,
    userMetadata: body['user_metadata'] as Record<string, string> | undefined,
  };
  const name = word(body['path']);
  if (path === 'save_weights')
    return client.saveState(name, { ...options, overwrite: body['overwrite'] as boolean | undefined });
  if (path === 'save_weights_for_sampler') return client.saveWeightsForSampler(name, options);
  if (path === 'save_weights_external')
    return client.saveWeightsExternal(name, {
      ...options,
      ageEncryptionRecipients: body['age_encryption_recipients'] as string[] | undefined,
    });
  if (path === 'load_weights')
    return body['optimizer'] === true ? client.loadStateWithOptimizer(name) : client.loadState(name);
  if (path === 'unload_model') return client.unload();
  const other = body['optimizer_params'] as Json | undefined;
  if (other) return client.optimStep({ ...camel(other), type: word(other['type']) });
  return client.optimStep(camel(body['adam_params'] as Json));
}

const camel = (body: Json): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(body).map(([key, value]) => [
      key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );

async function saveSampler(world: World, body: Json): Promise<SamplingClient> {
  const kind = body['kind'] as 'snapshot' | 'inflight' | undefined;
  const client = await model(world, body).saveWeightsAndGetSamplingClient({ kind });
  world.samplers.set(client.samplingSessionId, client);
  return client;
}

/** A setting of the sampler, which shows only in its samples. */
const recordsStability = (world: World, id: string): boolean =>
  world.recording.exchanges.some(
    each => bodyOf(each)['sampling_session_id'] === id && bodyOf(each)['record_stability_info'] === true,
  );

async function sampler(world: World, exchange: Exchange): Promise<SamplingClient> {
  const body = bodyOf(exchange);
  const path = body['model_path'];
  const source = path === undefined ? { baseModel: word(body['base_model']) } : { modelPath: word(path) };
  const recordStabilityInfo = recordsStability(world, word(answerOf(exchange)['sampling_session_id']));
  const client = await service(world, body).createSamplingClient({ ...source, recordStabilityInfo });
  world.samplers.set(client.samplingSessionId, client);
  return client;
}

/** A number beyond a thousand million belongs to a copy of the sampler (section 3). */
async function samplerOf(world: World, body: Json): Promise<SamplingClient> {
  const id = word(body['sampling_session_id']);
  const copy = Number(BigInt(body['seq_id'] as number) / 1_000_000_000n);
  if (copy === 0) return found(world.samplers, id, 'sampler');
  const key = `${id} copy ${copy}`;
  const known = world.samplers.get(key);
  if (known) return known;
  const revived = await world.services
    .at(-1)!
    .samplingClientFromJSON(found(world.samplers, id, 'sampler').toJSON());
  world.samplers.set(key, revived);
  return revived;
}

async function sample(world: World, call: Call): Promise<unknown> {
  const body = bodyOf(call.submissions[0]!);
  const abort = new AbortController();
  for (const submission of call.submissions)
    world.cancels.set(word(answerOf(submission)['request_id']), abort);
  const copied = BigInt(body['seq_id'] as number) >= 1_000_000_000n;
  const client = copied
    ? await samplerOf(world, body)
    : found(world.samplers, word(body['sampling_session_id']), 'sampler');
  const params = body['sampling_params'] as Json;
  const target = body['target_prompt_logprobs'] as Json | undefined;
  const request: SampleRequest = {
    prompt: prompt(body['prompt'] as Json),
    numSamples: body['num_samples'] as number,
    samplingParams: camel(params),
    includePromptLogprobs: body['prompt_logprobs'] === true,
    topkPromptLogprobs: Number(body['topk_prompt_logprobs'] ?? 0),
    topkSampleLogprobs: Number(body['topk_sample_logprobs'] ?? 0),
    promptAltTokensK: Number(body['prompt_alt_tokens_k'] ?? 0),
    ...(target && { targetPromptLogprobs: tensor(target) }),
    ...(typeof body['prompt_logprobs_last_n'] === 'number' && {
      promptLogprobsLastN: body['prompt_logprobs_last_n'],
    }),
    signal: abort.signal,
  };
  const scores = call.submissions[0]!.req.headers['x-sdk-method'] === 'SamplingClient.compute_logprobs';
  if (!scores) return client.sample(request);
  const { promptLogprobsLastN } = request;
  const promptLogprobs = await client.computeLogprobs(request.prompt, {
    signal: abort.signal,
    ...(promptLogprobsLastN !== undefined && { promptLogprobsLastN }),
  });
  return { promptLogprobs };
}

/** Abandoning a sample is what makes the client send `cancel_future`: once whatever was recorded before it has come. */
async function cancel(world: World, exchange: Exchange): Promise<void> {
  const { exchanges } = world.recording;
  const before = exchanges.slice(0, exchanges.indexOf(exchange)).findLast(each => !isLoose(pathOf(each)));
  if (before) await world.player.played(before);
  found(world.cancels, word(bodyOf(exchange)['request_id']), 'sample').abort();
  await world.player.played(exchange);
}

function rest(world: World, exchange: Exchange): Promise<unknown> {
  const path = pathOf(exchange);
  const { method, query = {} } = exchange.req;
  const body = bodyOf(exchange);
  const owner = world.services.at(-1)!;
  const client = world.closed
    ? (world.outside ??= new RestClient(optionsOf(world)))
    : owner.createRestClient();
  const page = { limit: Number(query['limit']), offset: Number(query['offset'] ?? 0) };
  const scope = { accessScope: (query['access_scope'] ?? 'owned') as 'owned' };
  const [, run, id, suffix] =
    /^training_runs\/([^/]+)(?:\/checkpoints\/([^/]+\/[^/]+?)(?:\/(\w+))?)?$/.exec(path) ?? [];
  const checkpoint = `tinker://${run}/${id}`;
  if (path === 'get_server_capabilities') return owner.getServerCapabilities();
  if (path === 'training_runs') return Promise.resolve(client.listTrainingRuns({ ...page, ...scope }));
  if (path === 'checkpoints') return Promise.resolve(client.listUserCheckpoints(page));
  if (path === 'sessions') return client.listSessions({ ...page, ...scope });
  if (path === 'sessions/search') return client.searchSessions(camel(body));
  if (path === 'weights_info') return client.getWeightsInfoByTinkerPath(word(body['tinker_path']));
  if (path === 'audit')
    return client.getAuditLog({
      eventType: query['event_type'] ?? 'all',
      ...(query['day'] && { day: query['day'] }),
    });
  if (path === 'billing/usage/checkpoints/current') return client.getCurrentCheckpointStorageUsage();
  if (path === 'billing/usage/events')
    return client.getBillingUsage(query['starting_on']!, query['ending_before']!);
  if (path.startsWith('samplers/')) return client.getSampler(path.slice('samplers/'.length));
  if (path === 'copy_weights')
    return client.copyWeights(word(body['source_path']), {
      destinationProjectId: word(body['destination_project_id']),
    });
  if (/^sessions\/[^/]+\/project$/.test(path))
    return client.assignSessionProject(path.split('/')[1]!, word(body['project_id']));
  if (/^sessions\/[^/]+$/.test(path)) return client.getSession(path.split('/')[1]!, scope);
  if (/^training_runs\/[^/]+\/checkpoints$/.test(path)) return client.listCheckpoints(path.split('/')[1]!);
  if (run && !id) return client.getTrainingRun(run, scope);
  if (suffix === 'archive') return client.getCheckpointArchiveUrl(run!, id!);
  if (suffix === 'external_weights_urls') return client.getExternalWeightsUrls(checkpoint);
  if (suffix === 'publish')
    return method === 'POST'
      ? client.publishCheckpointFromTinkerPath(checkpoint)
      : client.unpublishCheckpointFromTinkerPath(checkpoint);
  if (suffix === 'ttl')
    return client.setCheckpointTtlFromTinkerPath(checkpoint, body['ttl_seconds'] as number | null);
  if (run && id && method === 'DELETE') return client.deleteCheckpoint(run, id);
  throw new Error(`no call of ours makes ${method} ${path}`);
}

// ---- values

function datum(told: Json): Datum {
  const spans = (key: string): ProvenanceSpan[] | undefined =>
    (told[key] as readonly Json[] | undefined)?.map(span);
  const [inputSpans, lossSpans] = [spans('model_input_spans'), spans('loss_fn_input_spans')];
  return {
    modelInput: prompt({ chunks: told['model_input'] }),
    lossFnInputs: Object.fromEntries(
      Object.entries(told['loss_fn_inputs'] as Json).map(([key, value]) => [key, tensor(value as Json)]),
    ),
    ...(inputSpans && { modelInputSpans: inputSpans }),
    ...(lossSpans && { lossFnInputSpans: lossSpans }),
  };
}

function span(told: Json): ProvenanceSpan {
  const kind = 'prompt_tokens' in told || 'prompt' in told ? 'prompt' : 'sampled';
  const part = (told['prompt_tokens'] ??
    told['sampled_tokens'] ??
    told['prompt'] ??
    told['sampled'] ??
    told) as Json;
  return {
    kind,
    sequenceId: word(part['sequence_id']),
    offset: Number(part['offset'] ?? 0),
    length: Number(part['length']),
  };
}

const bytes = (base64: unknown): Uint8Array => new Uint8Array(Buffer.from(String(base64), 'base64'));

function prompt(told: Json): ModelInput {
  return {
    chunks: (told['chunks'] as readonly Json[]).map(chunk => {
      const expected =
        typeof chunk['expected_tokens'] === 'number' ? { expectedTokens: chunk['expected_tokens'] } : {};
      const format = chunk['format'] as 'png';
      if (chunk['tokens']) return { type: 'encoded_text', tokens: chunk['tokens'] as number[] };
      if (chunk['location'])
        return { type: 'image_asset_pointer', location: word(chunk['location']), format, ...expected };
      if (chunk['dmel'] ?? chunk['dmel_b64'])
        return { type: 'dmel', dmel: bytes(chunk['dmel'] ?? chunk['dmel_b64']) };
      return { type: 'image', data: bytes(chunk['data'] ?? chunk['image_b64']), format, ...expected };
    }),
  };
}

function tensor(told: Json): TensorData {
  const csr = told['csr'] as { values: number[]; crow: number[]; col: number[] } | undefined;
  const [crow, col] = [
    csr?.crow ?? (told['sparse_crow_indices'] as number[] | undefined),
    csr?.col ?? (told['sparse_col_indices'] as number[] | undefined),
  ];
  return {
    data: csr?.values ?? (told['data'] as number[]),
    dtype: told['dtype'] as 'int64',
    ...(told['shape'] != null && { shape: told['shape'] as number[] }),
    ...(crow && col && { sparseCrowIndices: crow, sparseColIndices: col }),
  };
}
