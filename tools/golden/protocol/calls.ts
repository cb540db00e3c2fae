/**
 * From a recording to the calls that made it: requests with the same number are one call repeated, chunks are one call, and the
 * requests that belong to making a client are that call's. Knows the protocol, and nothing of our client.
 */
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

export type Kind =
  | 'session'
  | 'createModel'
  | 'fromState'
  | 'train'
  | 'custom'
  | 'simple'
  | 'saveSampler'
  | 'sampler'
  | 'sample'
  | 'getInfo'
  | 'rest'
  | 'whoami'
  | 'cancel'
  | 'customLoss'
  | 'finish';

export interface Call {
  readonly kind: Kind;
  /** The submissions, in the order of their numbers; one request of each, its last. */
  readonly submissions: Exchange[];
  /** Everything that belongs to the call. */
  readonly exchanges: Exchange[];
  /** When the first request came, and when the last answer went. */
  start: number;
  end: number;
}

const SIMPLE = new Set(['optim_step', 'save_weights', 'save_weights_external', 'unload_model']);
const end = (exchange: Exchange): number => exchange.t1 ?? exchange.t0;

export function callsOf(recording: Recording): Call[] {
  const calls: Call[] = [];
  const byKey = new Map<string, Call>();
  const byRequestId = new Map<string, Call>();
  const limits = limitsBySession(recording);
  let loading: Call | undefined;

  const add = (call: Call, exchange: Exchange, submission: boolean): void => {
    call.exchanges.push(exchange);
    call.start = Math.min(call.start, exchange.t0);
    call.end = Math.max(call.end, end(exchange));
    const id = answerOf(exchange)['request_id'];
    if (submission && typeof id === 'string') byRequestId.set(id, call);
    if (!submission) return;
    const number = numberOf(exchange);
    const at = call.submissions.findIndex(
      other => numberOf(other) === number && pathOf(other) === pathOf(exchange),
    );
    if (at >= 0) call.submissions[at] = exchange;
    else call.submissions.push(exchange);
  };
  const begin = (kind: Kind, exchange: Exchange, key?: string, submission = true): Call => {
    const known = key === undefined ? undefined : byKey.get(key);
    const call = known ?? { kind, submissions: [], exchanges: [], start: exchange.t0, end: end(exchange) };
    if (!known) calls.push(call);
    if (key !== undefined) byKey.set(key, call);
    add(call, exchange, submission);
    return call;
  };

  const rest = recording.exchanges.filter(exchange => !isLoose(pathOf(exchange)));
  rest.forEach((exchange, index) => {
    const path = pathOf(exchange);
    const body = bodyOf(exchange);
    const next = rest[index + 1];
    const nextPath = next && pathOf(next);
    if (path === 'retrieve_future') {
      const call = byRequestId.get(word(body['request_id']));
      if (call) add(call, exchange, false);
    } else if (path === 'retrieve_futures' || path === 'join_sampling_session') {
      return; // the client's own business: it follows from the samples
    } else if (path === 'auth/token') {
      if (nextPath !== 'create_session') begin('whoami', exchange);
    } else if (path === 'create_session') {
      const repeated =
        calls.at(-1)?.kind === 'session' && calls.at(-1)!.submissions.at(-1)!.res.cut !== undefined;
      if (repeated) add(calls.at(-1)!, exchange, true);
      else begin('session', exchange);
    } else if (path === 'weights_info' && nextPath === 'create_model') {
      loading = begin('fromState', exchange, undefined, true);
    } else if (path === 'create_model') {
      const key = `model ${word(body['session_id'])} ${word(body['model_seq_id'])}`;
      if (loading) byKey.set(key, loading);
      begin('createModel', exchange, key);
    } else if (path === 'load_weights') {
      if (loading) {
        add(loading, exchange, true);
        byKey.set(`seq ${word(body['model_id'])} ${word(body['seq_id'])}`, loading);
        loading = undefined;
      } else if (body['session_id'] !== undefined)
        begin('fromState', exchange, `model ${word(body['session_id'])} ${word(body['model_seq_id'])}`);
      else begin('simple', exchange, `seq ${word(body['model_id'])} ${word(body['seq_id'])}`);
    } else if (path === 'get_info') {
      const maker = calls.findLast(
        call =>
          (call.kind === 'createModel' || call.kind === 'fromState') &&
          (modelOf(call) === body['model_id'] ||
            call.exchanges.some(one => answerOf(one)['model_id'] === body['model_id'])),
      );
      const asked = maker?.exchanges.some(one => pathOf(one) === 'get_info' && one.res.status === 200);
      const belongs = recording.sdk === '0.38.0' && maker && !asked;
      if (belongs) add(maker, exchange, false);
      else begin('getInfo', exchange);
    } else if (path === 'forward_backward') {
      addPass(exchange, rest, index);
    } else if (SIMPLE.has(path)) {
      begin('simple', exchange, `seq ${word(body['model_id'])} ${word(body['seq_id'])}`);
    } else if (path === 'save_weights_for_sampler') {
      const kind = body['path'] === undefined ? 'saveSampler' : 'simple';
      begin(kind, exchange, `seq ${word(body['model_id'])} ${word(body['seq_id'])}`);
    } else if (path === 'create_sampling_session') {
      begin(
        'sampler',
        exchange,
        `sampler ${word(body['session_id'])} ${word(body['sampling_session_seq_id'])}`,
      );
    } else if (path.startsWith('samplers/')) {
      const maker = calls.at(-1);
      const belongs = maker?.kind === 'sampler' && bodyOf(maker.submissions[0]!)['model_path'] !== undefined;
      if (
        belongs &&
        recording.sdk === '0.38.0' &&
        !maker.exchanges.some(one => pathOf(one).startsWith('samplers/'))
      )
        add(maker, exchange, false);
      else begin('rest', exchange);
    } else if (path === 'asample') {
      const session = word(body['sampling_session_id']);
      const lost = calls.find(
        call =>
          call.kind === 'sample' &&
          call.exchanges.at(-1)!.res.status === 410 &&
          JSON.stringify(bodyOf(call.submissions.at(-1)!)['prompt']) === JSON.stringify(body['prompt']),
      );
      if (lost) add(lost, exchange, true);
      else begin('sample', exchange, `sample ${session} ${word(body['seq_id'])}`);
    } else if (path === 'cancel_future') {
      begin('cancel', exchange);
    } else if (path === 'create_custom_loss') {
      begin('customLoss', exchange);
    } else if (/^sessions\/[^/]+\/finish$/.test(path)) {
      begin('finish', exchange);
    } else begin('rest', exchange);
  });

  /** A pass is one request, or chunks: numbers that arrive before a smaller one belong to it (section 10.2). */
  function addPass(exchange: Exchange, all: readonly Exchange[], index: number): void {
    const body = bodyOf(exchange);
    const model = word(body['model_id']);
    const seq = Number(body['seq_id']);
    const key = `seq ${model} ${seq}`;
    if (byKey.has(key)) {
      add(byKey.get(key)!, exchange, true);
      return;
    }
    const custom =
      exchange.req.headers['x-sdk-method']?.endsWith('forward_backward_custom') &&
      body['loss_fn'] !== 'custom';
    const previous = byKey.get(`seq ${model} ${seq - 1}`);
    if (custom && previous?.kind === 'custom' && body['forward_only'] !== true) {
      byKey.set(key, previous);
      add(previous, exchange, true);
      return;
    }
    // The first number that is still missing among those that came before.
    let first = seq;
    while (first > 1 && !byKey.has(`seq ${model} ${first - 1}`)) first--;
    if (first < seq) {
      const call = begin('train', exchange, key);
      for (let number = first; number < seq; number++) byKey.set(`seq ${model} ${number}`, call);
      // Later chunks of the same group, until the first one arrives.
      for (const later of all.slice(index + 1)) {
        const other = bodyOf(later);
        if (pathOf(later) !== 'forward_backward' || other['model_id'] !== model) continue;
        byKey.set(`seq ${model} ${Number(other['seq_id'])}`, call);
        if (Number(other['seq_id']) === first) break;
      }
      return;
    }
    const limit = limits(model);
    const full =
      previous?.kind === 'train' && !limit.parallel && isFull(previous.submissions.at(-1)!, exchange, limit);
    if (full) {
      byKey.set(key, previous);
      add(previous, exchange, true);
    } else begin(custom ? 'custom' : 'train', exchange, key);
  }

  // A sample whose result nobody fetched was still open when the recording ended, or was given up.
  for (const call of calls)
    if (
      call.kind === 'sample' &&
      call.exchanges.every(each => pathOf(each) === 'asample' && each.res.status === 200)
    )
      call.end = Infinity;
  for (const call of calls) call.submissions.sort((a, b) => compare(numberOf(a), numberOf(b)));
  return inOrderOfNumbers(calls);
}

/** The id that a model made by loading has, whatever its answers say (section 3). */
function modelOf(call: Call): string {
  const { session_id: session, model_seq_id: number } = bodyOf(call.submissions[0]!);
  return `${String(session)}:train:${String(number)}`;
}

const compare = (a: number | bigint, b: number | bigint): number => (a < b ? -1 : a > b ? 1 : 0);

export function numberOf(exchange: Exchange): number | bigint {
  const body = bodyOf(exchange);
  return (body['seq_id'] ?? body['model_seq_id'] ?? body['sampling_session_seq_id'] ?? 0) as number | bigint;
}

interface Limit {
  readonly parallel: boolean;
  readonly datums: number;
  readonly bytes: number;
}

/** The configuration that was in force for the session of a model: the last one before it was made. */
function limitsBySession(recording: Recording): (model: string) => Limit {
  const made = new Map<string, Limit>();
  let limit: Limit = { parallel: true, datums: 1024, bytes: 5_000_000 };
  for (const exchange of recording.exchanges) {
    const answer = answerOf(exchange);
    if (pathOf(exchange) === 'client/config')
      limit = {
        parallel: answer['parallel_fwdbwd_chunks'] !== false,
        datums: Number(answer['fwdbwd_max_chunk_len'] ?? 1024),
        bytes: Number(answer['fwdbwd_max_chunk_bytes_count'] ?? 5_000_000),
      };
    const model = answer['model_id'];
    if (typeof model === 'string' && !made.has(model)) made.set(model, limit);
  }
  return model => made.get(model) ?? limit;
}

const size = (datum: Json): number =>
  (datum['model_input'] as readonly Json[]).reduce(
    (sum, part) => sum + 4 * ((part['tokens'] as readonly unknown[] | undefined)?.length ?? 0),
    0,
  ) +
  Object.values(datum['loss_fn_inputs'] as Json).reduce<number>((sum, tensor) => {
    const { data: values, dtype } = tensor as { data?: readonly unknown[]; dtype: string };
    return sum + (values?.length ?? 0) * (dtype === 'int64' ? 8 : 4);
  }, 0);

/** Whether a chunk had no room for the first datum of the next one: then both may be one call. */
function isFull(chunk: Exchange, next: Exchange, limit: Limit): boolean {
  const [a, b] = [bodyOf(chunk), bodyOf(next)];
  if (a['loss_fn'] !== b['loss_fn'] || a['forward_only'] !== b['forward_only']) return false;
  const data = a['data'] as readonly Json[];
  const bytes = data.reduce((sum, datum) => sum + size(datum), 0);
  return data.length >= limit.datums || bytes + size((b['data'] as readonly Json[])[0]!) > limit.bytes;
}

/** Calls of one sampler were made in the order of their numbers, whatever order their requests arrived in. */
function inOrderOfNumbers(calls: Call[]): Call[] {
  const bySampler = Map.groupBy(
    calls.filter(call => call.kind === 'sample'),
    call => word(bodyOf(call.submissions[0]!)['sampling_session_id']),
  );
  for (const group of bySampler.values()) {
    const places = group.map(call => calls.indexOf(call));
    const starts = group.map(call => call.start);
    group
      .toSorted((a, b) => compare(numberOf(a.submissions[0]!), numberOf(b.submissions[0]!)))
      .forEach((call, index) => {
        calls[places[index]!] = call;
        call.start = Math.max(call.start, starts[index]!);
      });
  }
  return calls;
}
