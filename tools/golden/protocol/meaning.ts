/**
 * When two requests mean the same. Everything that may differ is in `ALLOWED`; what is not named there must be equal.
 */
import type { Json, RecordedRequest } from './recording.ts';

export const ALLOWED = {
  /** Headers that are compared; all others may differ. */
  comparedHeaders: ['content-type', 'x-tinker-request-type', 'x-tinker-sampling-backpressure'],
  /** `accept` may be wider: JSON besides protobuf. */
  acceptMayAddJson: true,
  /** Our client sets its own. */
  fields: ['sdk_version', 'type'],
  /** Absent is the same as this value, in every body that has such a field. */
  defaults: {
    num_samples: 1,
    prompt_logprobs: false,
    topk_prompt_logprobs: 0,
    topk_sample_logprobs: 0,
    prompt_alt_tokens_k: 0,
    record_stability_info: false,
    overwrite: false,
    forward_only: false,
    kind: 'snapshot',
    offset: 0,
  } as Readonly<Record<string, unknown>>,
  /** Compared as sets. */
  unordered: ['tags'],
} as const;

/** Of a poll of the session poller only the target is compared: the rest depends on timing. */
const POLLER_FIELDS = ['target'];

/** A body with everything taken out that may differ, and keys in order. */
export function normalise(path: string, body: unknown): unknown {
  if (path === 'retrieve_futures') {
    const told = body as Json;
    return Object.fromEntries(POLLER_FIELDS.map(key => [key, sorted(told[key], key, false)]));
  }
  if (path === 'retrieve_future') return { request_id: (body as Json)['request_id'] };
  return sorted(body, '', true);
}

/** `tagged`: a body, or a chunk of a prompt, whose `type` says only what is known anyway. */
function sorted(value: unknown, key: string, tagged: boolean): unknown {
  if (Array.isArray(value)) {
    const items = value.map(item => sorted(item, '', key === 'chunks'));
    return (ALLOWED.unordered as readonly string[]).includes(key) ? items.map(String).toSorted() : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([name]) => !tagged || !(ALLOWED.fields as readonly string[]).includes(name))
    .filter(([name, item]) => item !== undefined && !(name in ALLOWED.defaults && isDefault(name, item)))
    .map(([name, item]): [string, unknown] => [name, sorted(item, name, false)]);
  const out = Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return isTensor(out) ? { ...out, shape: out['shape'] ?? [out['data'].length] } : out;
}

const isDefault = (name: string, value: unknown): boolean => value === ALLOWED.defaults[name];

const isTensor = (value: Json): value is { data: readonly unknown[]; shape?: unknown } =>
  Array.isArray(value['data']) && typeof value['dtype'] === 'string';

/** Why two requests do not mean the same, or undefined. */
export function difference(
  recorded: RecordedRequest,
  ours: RecordedRequest,
  path: string,
): string | undefined {
  for (const header of ALLOWED.comparedHeaders)
    if ((recorded.headers[header] ?? '') !== (ours.headers[header] ?? ''))
      return `${header}: ${recorded.headers[header]} was recorded, ours is ${ours.headers[header]}`;
  const accept = recorded.headers['accept'] ?? '';
  if (!(ours.headers['accept'] ?? '').split(/,\s*/).includes(accept))
    return `accept: ${accept} was recorded, ours is ${ours.headers['accept']}`;
  const [a, b] = [recorded, ours].map(request =>
    text(normalise(path, request.json ?? request.proto ?? request.text ?? {})),
  );
  if (a !== b) return `body: ${excerpt(a!, b!)}`;
  return undefined;
}

export const text = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? `${item}n` : item)) ??
  'undefined';

/** Around the first place where two texts differ. */
function excerpt(a: string, b: string): string {
  let at = 0;
  while (a[at] === b[at]) at++;
  const from = Math.max(0, at - 60);
  return `recorded ...${a.slice(from, at + 60)}..., ours ...${b.slice(from, at + 60)}...`;
}
