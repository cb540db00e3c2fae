/**
 * What can be known to be wrong before anything is sent (protocol, sections 4 and 12): lengths, shapes, kinds of numbers.
 * A refused submission uses up its number on the server and costs a round trip; a wrong length may not even be refused
 * (SkyRL pads in silence, section 19.2).
 */
import { hasKnownLength, inputLength, isSparse, tensorShape } from './data.js';
import type { Datum, ModelInput, ProvenanceSpan, TensorData } from './data.js';
import { badInput } from './errors.js';

/** Inputs of the losses that are documented; others are the server's business. */
const LOSS_INPUTS: Readonly<Record<string, { required: readonly string[]; config: readonly string[] }>> = {
  cross_entropy: { required: ['target_tokens'], config: [] },
  importance_sampling: { required: ['target_tokens', 'logprobs', 'advantages'], config: [] },
  ppo: {
    required: ['target_tokens', 'logprobs', 'advantages'],
    config: ['clip_low_threshold', 'clip_high_threshold'],
  },
  cispo: {
    required: ['target_tokens', 'logprobs', 'advantages'],
    config: ['clip_low_threshold', 'clip_high_threshold'],
  },
  dro: { required: ['target_tokens', 'logprobs', 'advantages'], config: ['beta'] },
};
const OTHER_LOSSES = ['gspo', 'stable_reinforce', 'custom', 'dppo', 'ppo_critic'];
/** One entry per position of the model input. */
const PER_TOKEN = [
  'target_tokens',
  'weights',
  'logprobs',
  'advantages',
  'clip_low_threshold',
  'clip_high_threshold',
];

export type LossFnConfig = Readonly<Record<string, number | string>>;

/** Throws `bad_input` that names the datum, the key, and what was found. */
export function checkTrainingCall(
  data: readonly Datum[],
  lossFn: string,
  config: LossFnConfig | undefined,
): void {
  const known = LOSS_INPUTS[lossFn];
  if (!known && !OTHER_LOSSES.includes(lossFn))
    throw badInput(
      `unknown loss "${lossFn}"; known are ${[...Object.keys(LOSS_INPUTS), ...OTHER_LOSSES].join(', ')}`,
    );
  if (known)
    for (const key of Object.keys(config ?? {}))
      if (!known.config.includes(key))
        throw badInput(
          `the loss ${lossFn} has no option "${key}"; it has ${known.config.join(' and ') || 'none at all'}`,
        );
  data.forEach((datum, index) => checkDatum(datum, index, known?.required ?? []));
}

/** What no server can be sent, whatever it supports: run on every call. */
export function checkEncodable(data: readonly Datum[]): void {
  if (data.length === 0) throw badInput('no data: a training call needs at least one datum');
  data.forEach((datum, index) => {
    for (const chunk of datum.modelInput.chunks)
      if (chunk.type === 'image_asset_pointer')
        throw badInput(`datum ${index}: an image_asset_pointer can only be sampled from, not trained on`);
    for (const [key, tensor] of Object.entries(datum.lossFnInputs))
      checkTensor(tensor, `datum ${index}: ${key}`);
    if ((datum.modelInputSpans === undefined) !== (datum.lossFnInputSpans === undefined))
      throw badInput(`datum ${index}: modelInputSpans and lossFnInputSpans come together or not at all`);
  });
}

function checkDatum(datum: Datum, index: number, required: readonly string[]): void {
  for (const key of required)
    if (!datum.lossFnInputs[key]) throw badInput(`datum ${index}: ${key} is missing from lossFnInputs`);
  if (!hasKnownLength(datum.modelInput)) return;
  const length = inputLength(datum.modelInput);
  for (const [key, tensor] of Object.entries(datum.lossFnInputs)) {
    const rows = tensorShape(tensor)[0] ?? 0;
    if (PER_TOKEN.includes(key) && rows !== length)
      throw badInput(`datum ${index}: ${key} has ${rows} entries, the model input has ${length} tokens`);
  }
  checkTiling(datum.modelInputSpans, length, `datum ${index}: modelInputSpans`);
  checkTiling(datum.lossFnInputSpans, length, `datum ${index}: lossFnInputSpans`);
}

function checkTiling(spans: readonly ProvenanceSpan[] | undefined, length: number, what: string): void {
  if (!spans) return;
  const total = spans.reduce((sum, span) => sum + span.length, 0);
  if (total !== length) throw badInput(`${what} cover ${total} positions, there are ${length}`);
}

export function checkTensor(tensor: TensorData, what: string): void {
  const shape = tensorShape(tensor);
  if (isSparse(tensor)) {
    const crow = tensor.sparseCrowIndices;
    const col = tensor.sparseColIndices;
    if (!crow || !col)
      throw badInput(`${what}: sparseCrowIndices and sparseColIndices come together or not at all`);
    if (tensor.shape?.length !== 2) throw badInput(`${what}: a sparse tensor needs a shape [rows, columns]`);
    if (crow.length !== tensor.shape[0]! + 1 || col.length !== tensor.data.length)
      throw badInput(`${what}: the indices of the sparse tensor do not fit its shape and data`);
    return;
  }
  const cells = shape.reduce((product, size) => product * size, 1);
  if (cells !== tensor.data.length)
    throw badInput(`${what}: ${tensor.data.length} numbers do not fill the shape [${shape.join(', ')}]`);
}

export function checkPrompt(prompt: ModelInput): void {
  if (hasKnownLength(prompt) && inputLength(prompt) === 0) throw badInput('the prompt is empty');
}
