/**
 * Whether every answer was read to the values that were recorded. The expected values are worked out here from the recording, apart
 * from the client's own readers.
 */
import { TinkerError } from '@tinsmith/tinker';
import type { Call } from './calls.ts';
import { NOT_AWAITED, type Outcome } from './driver.ts';
import { answerOf, bodyOf, pathOf, word, type Exchange, type Json } from './recording.ts';

/** What is wrong with a call's outcome, or undefined. */
export function mistake(call: Call, outcome: Outcome | undefined): string | undefined {
  const label = `${call.kind} (${call.exchanges[0]!.i})`;
  if (!outcome) return `${label}: no outcome`;
  const failure = failureOf(call);
  if ('error' in outcome) {
    if (failure) return mismatch(label, failure, outcome.error);
    return `${label}: failed, but was recorded as a success: ${String(outcome.error)}`;
  }
  if (failure) return `${label}: succeeded, but was recorded as a failure (${failure.words})`;
  const difference = compareValue(call, outcome.value);
  return difference && `${label}: ${difference}`;
}

interface Failure {
  readonly status?: number | undefined;
  readonly category?: string;
  readonly code?: string;
  readonly words: string;
}

/** The failure with which a call was recorded. */
function failureOf(call: Call): Failure | undefined {
  if (call.kind === 'cancel') return undefined;
  const cancelled = call.exchanges.some(exchange => answerOf(exchange)['error'] === 'cancelled');
  const last = lastAnswers(call);
  if (cancelled) return { code: 'aborted', words: 'cancelled' };
  for (const exchange of last) {
    const { res } = exchange;
    const words = word(
      answerOf(exchange)['error'] ?? answerOf(exchange)['detail'] ?? res.text ?? res.undecodable,
    );
    if (res.status === 302) continue;
    if (res.undecodable !== undefined) return { code: 'bad_response', words };
    if ('error' in answerOf(exchange)) {
      const category = word(answerOf(exchange)['category']);
      return {
        code: 'request_failed',
        category: ['user', 'server'].includes(category) ? category : 'unknown',
        words,
      };
    }
    if ((res.status ?? 0) >= 400) return { status: res.status, words };
  }
  const backwards = call.submissions.filter(each => bodyOf(each)['forward_only'] !== true);
  if (call.kind === 'custom' && backwards.length === 0)
    return { code: 'bad_input', words: 'the loss failed' };
  // A sample that nobody fetched: it was abandoned.
  if (call.kind === 'sample' && !call.exchanges.some(each => pathOf(each) === 'retrieve_future'))
    if (last.every(each => each.res.status === 200)) return { code: 'aborted', words: 'abandoned' };
  return undefined;
}

/** Of every request of a call the answer that decided it: repeats come before. */
function lastAnswers(call: Call): Exchange[] {
  const last = new Map<string, Exchange>();
  for (const exchange of call.exchanges) {
    const path = pathOf(exchange);
    const seq = bodyOf(exchange)['seq_id'] ?? '';
    const repeated = call.kind === 'sample' || path === 'get_info' || path.startsWith('samplers/');
    const key = repeated
      ? path
      : `${exchange.req.method} ${path} ${word(bodyOf(exchange)['request_id'] ?? seq)}`;
    last.set(key, exchange);
  }
  return [...last.values()];
}

function mismatch(label: string, failure: Failure, error: unknown): string | undefined {
  if (!TinkerError.is(error)) return `${label}: not a TinkerError: ${String(error)}`;
  const wrong =
    (failure.status !== undefined && error.status !== failure.status) ||
    (failure.code !== undefined && error.code !== failure.code) ||
    (failure.category !== undefined && error.category !== failure.category);
  return wrong
    ? `${label}: recorded ${JSON.stringify(failure)}, ours ${error.code} ${error.status}: ${error.message}`
    : undefined;
}

function compareValue(call: Call, value: unknown): string | undefined {
  if (value === NOT_AWAITED) return undefined;
  switch (call.kind) {
    case 'train':
    case 'custom':
      return compareTraining(call, value as Json);
    case 'sample':
      return compareSample(call, value as Json);
    case 'simple':
    case 'rest':
      return compareJson(call, value);
    case 'session':
      return equal('session', value, answerOf(call.submissions.at(-1)!)['session_id']);
    case 'getInfo':
      return equal('model', (value as Json)['modelId'], answerOf(call.submissions[0]!)['model_id']);
    case 'createModel':
    case 'fromState':
      return equal('model', (value as Json)['modelId'], madeModel(call));
    case 'sampler':
      return equal(
        'sampler',
        (value as Json)['samplingSessionId'],
        answerOf(call.submissions.at(-1)!)['sampling_session_id'],
      );
    case 'saveSampler':
      return equal(
        'sampler',
        (value as Json)['samplingSessionId'],
        results(call)[0]?.['sampling_session_id'],
      );
    case 'customLoss':
      return equal('loss', value, results(call)[0]?.['loss_id']);
    default:
      return undefined;
  }
}

const equal = (what: string, ours: unknown, recorded: unknown): string | undefined =>
  canonical(ours) === canonical(recorded)
    ? undefined
    : `${what}: recorded ${short(recorded)}, ours ${short(ours)}`;

const short = (value: unknown): string => canonical(value).slice(0, 300);

/** Keys in order, camelCase, no nulls, typed arrays as arrays, NaN as null. */
export function canonical(value: unknown): string {
  const tidy = (item: unknown): unknown => {
    if (ArrayBuffer.isView(item)) return Array.from(item as unknown as ArrayLike<number>);
    if (Array.isArray(item)) return item.map(tidy);
    if (typeof item === 'bigint') return `${item}n`;
    if (typeof item !== 'object' || item === null) return item;
    return Object.fromEntries(
      Object.entries(item)
        .filter(([, each]) => each !== null && each !== undefined)
        .map(([key, each]): [string, unknown] => [
          key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
          tidy(each),
        ])
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
  };
  return JSON.stringify(tidy(value)) ?? 'undefined';
}

/** The recorded results of a call's requests, in the order of its submissions. */
function results(call: Call): Json[] {
  return call.submissions.map(submission => {
    const id = answerOf(submission)['request_id'];
    const polls = call.exchanges.filter(
      each => pathOf(each) === 'retrieve_future' && bodyOf(each)['request_id'] === id,
    );
    const final = polls.findLast(each => each.res.status === 200 && answerOf(each)['type'] !== 'try_again');
    return (final?.res.proto ?? final?.res.json ?? {}) as Json;
  });
}

function madeModel(call: Call): unknown {
  for (const result of results(call)) if (typeof result['model_id'] === 'string') return result['model_id'];
  const { session_id: session, model_seq_id: number } = bodyOf(call.submissions[0]!);
  return `${String(session)}:train:${String(number)}`;
}

const REDUCED = new Set(['sum', 'min', 'max', 'mean', 'slack', 'unique', 'hash2']);

function compareTraining(call: Call, value: Json): string | undefined {
  const all = results(call);
  const parts =
    call.kind === 'custom'
      ? all.filter((_, index) => bodyOf(call.submissions[index]!)['forward_only'] !== true)
      : all;
  const outputs: Record<string, unknown>[] = [];
  for (const part of parts) {
    for (const record of (part['records'] ?? []) as readonly Json[]) {
      const fields = Object.entries(record['fields'] as Json) as [
        string,
        { dtype: string; trailing_shape: number[]; per_datum: unknown[][] },
      ][];
      for (let index = 0; index < Number(record['num_datums']); index++)
        outputs.push(
          Object.fromEntries(
            fields.map(([name, field]) => {
              const data = field.per_datum[index]!;
              const row = field.trailing_shape.reduce((product, size) => product * size, 1);
              return [
                name,
                { data, dtype: field.dtype, shape: [data.length / row, ...field.trailing_shape] },
              ];
            }),
          ),
        );
    }
  }
  const type = parts[0]!['loss_fn_output_type'];
  const wrong =
    equal('lossFnOutputs', value['lossFnOutputs'], outputs) ??
    equal('lossFnOutputType', value['lossFnOutputType'], type);
  if (wrong) return wrong;
  const metrics = (parts[0]!['metrics'] ?? {}) as Readonly<Record<string, number>>;
  const ours = value['metrics'] as Readonly<Record<string, number>>;
  for (const [key, first] of Object.entries(metrics)) {
    const suffix = key.split(':')[1] ?? '';
    if (!REDUCED.has(suffix)) {
      if (key in ours) return `metric ${key} should have been dropped`;
      continue;
    }
    if (call.kind === 'custom') {
      if (key === 'loss:sum' && ours['surrogate_loss:sum'] !== first)
        return `surrogate_loss:sum: recorded ${first}, ours ${ours['surrogate_loss:sum']}`;
      continue;
    }
    if (parts.length > 1 && suffix !== 'sum') continue;
    const sum = parts.reduce((total, part) => total + Number((part['metrics'] as Json)[key]), 0);
    if (ours[key] !== sum) return `metric ${key}: recorded ${sum}, ours ${ours[key]}`;
  }
  return undefined;
}

function compareSample(call: Call, value: Json): string | undefined {
  const recorded = results(call).at(-1)!;
  const submission = call.submissions.at(-1)!;
  const ids = answerOf(submission)['sample_sequence_ids'] as readonly string[] | undefined;
  const prompt = recorded['prompt_logprobs'] as readonly (number | null)[] | undefined;
  const length = promptLength(bodyOf(submission));
  // SkyRL leaves out the entry of the first token; ours always has it.
  const expectedPrompt = prompt && prompt.length === length - 1 ? [null, ...prompt] : prompt;
  const wrongPrompt = equal('promptLogprobs', value['promptLogprobs'], expectedPrompt);
  if (wrongPrompt || !('sequences' in value)) return wrongPrompt;
  const sequences = (recorded['sequences'] as readonly Json[]).map((sequence, index) => {
    const { topk_sampled_logprobs: topk, topk_logprobs: same, ...rest } = sequence;
    return { logprobs: [], ...rest, topkLogprobs: topOf(topk ?? same), sequenceId: ids?.[index] };
  });
  return (
    equal('sequences', value['sequences'], sequences) ??
    equal('topkPromptLogprobs', value['topkPromptLogprobs'], topOf(recorded['topk_prompt_logprobs'])) ??
    equal('promptCacheHitTokens', value['promptCacheHitTokens'], recorded['prompt_cache_hit_tokens'] ?? 0) ??
    equal(
      'targetPromptLogprobs',
      tensorText(value['targetPromptLogprobs']),
      tensorText(recorded['target_prompt_logprobs']),
    ) ??
    equal(
      'promptAltTokens',
      alternatives(value['promptAltTokens']),
      alternatives(recorded['prompt_alt_tokens']),
    )
  );
}

const promptLength = (body: Json): number =>
  ((body['prompt'] as Json)['chunks'] as readonly Json[]).reduce(
    (sum, chunk) =>
      sum +
      ((chunk['tokens'] as readonly unknown[] | undefined)?.length ?? Number(chunk['expected_tokens'] ?? 0)),
    0,
  );

/** Rows of [token, logprob] from the arrays of the protobuf form, where unused cells hold -99999. */
function topOf(value: unknown): unknown {
  if (value == null || Array.isArray(value)) return value;
  const {
    k,
    length,
    token_ids: ids,
    logprobs,
  } = value as { k: number; length: number; token_ids: number[]; logprobs: number[] };
  return Array.from({ length }, (_, row) => {
    const cells = Array.from({ length: k }, (__, rank) => row * k + rank).filter(
      cell => logprobs[cell] !== -99999,
    );
    return cells.length === 0 ? null : cells.map(cell => [ids[cell], logprobs[cell]]);
  });
}

/** A tensor of either side in one form: numbers, shape, and the indices if it is sparse. */
function tensorText(value: unknown): unknown {
  if (value == null) return undefined;
  const tensor = value as Json;
  const csr = tensor['csr'] as { values: unknown; crow: unknown; col: unknown } | undefined;
  return {
    data: csr?.values ?? tensor['data'],
    shape: tensor['shape'],
    crow: csr?.crow ?? tensor['sparseCrowIndices'],
    col: csr?.col ?? tensor['sparseColIndices'],
  };
}

const alternatives = (value: unknown): unknown =>
  value == null
    ? undefined
    : [tensorText((value as Json)['tokens']), tensorText((value as Json)['logprobs'])];

/** Answers that are JSON on both sides, or nothing at all. */
function compareJson(call: Call, value: unknown): string | undefined {
  const submission = call.submissions.at(-1)!;
  if (call.kind === 'simple') {
    const { type: _, sampling_session_id: __, model_id: ___, ...recorded } = results(call).at(-1)!;
    return equal(
      'result',
      value,
      pathOf(submission) === 'optim_step' ? { metrics: recorded['metrics'] ?? {} } : recorded,
    );
  }
  const { res } = submission;
  if (res.status === 204 || value === undefined) return undefined;
  if (res.status === 302) return equal('url', (value as Json)['url'], res.headers?.['location']);
  const recorded = (res.json ?? {}) as Json;
  // Our listings give the rows themselves where there is nothing else to tell.
  const rows =
    recorded['training_runs'] ??
    recorded['checkpoints'] ??
    recorded['sessions'] ??
    recorded['entries'] ??
    recorded['tinker_path'];
  const isRows = Array.isArray(value) || typeof value === 'string';
  if (isRows) return equal('rows', value, rows);
  if ('items' in (value as Json))
    return (
      equal('page', (value as Json)['items'], rows) ??
      equal('cursor', (value as Json)['cursor'], recorded['cursor'])
    );
  return equal('answer', value, recorded);
}
