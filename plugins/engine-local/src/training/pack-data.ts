/**
 * Checks a call's datums and lays them out for the worker. Every refusal names the datum and the field. Runs in the program's
 * thread, so a wrong call never takes a place in the order.
 */
import { type Datum, inputTokens, type TensorData, TinsmithError } from '@tinsmith/core';
import { checkTokens } from '../check-tokens.js';
import type { LossName } from '../model/index.js';
import type { LossValue, ModelInfo, PackedData } from '../worker/messages.js';
import { ruleOf } from './loss-rules.js';

/** @throws {TinsmithError} INPUT_EMPTY, TOKEN_OUT_OF_RANGE, SEQUENCE_TOO_LONG, LOSS_INPUT, NUMBER_NOT_FINITE */
export function packData(data: readonly Datum[], loss: LossName, model: ModelInfo): PackedData {
  if (data.length === 0) throw new TinsmithError({ code: 'INPUT_EMPTY', message: 'the call has no datum' });
  const { values: names } = ruleOf(loss);
  const rows = data.map((datum, index) => checkDatum(datum, loss, names, model, `datum ${index}`));

  const lengths = Int32Array.from(rows, row => row.tokens.length);
  const choices = Int32Array.from(rows, row => row.choices);
  const tokens = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
  const cells = rows.reduce((sum, row) => sum + row.targets.length, 0);
  const targets = new Int32Array(cells);
  const values = Object.fromEntries(names.map(name => [name, new Float32Array(cells)])) as Record<
    LossValue,
    Float32Array
  >;

  let [token, cell] = [0, 0];
  for (const row of rows) {
    tokens.set(row.tokens, token);
    targets.set(row.targets, cell);
    for (const name of names) values[name].set(row.values[name]!, cell);
    token += row.tokens.length;
    cell += row.targets.length;
  }
  if (loss !== 'dro' && values.advantages) ignoreLogprobsWithoutAdvantage(values);
  return { lengths, choices, tokens, targets, values };
}

/**
 * Where the advantage is 0 a ratio counts for nothing, and callers may leave any logprob there; one that makes exp overflow would
 * turn 0 into NaN. For dro the logprob counts even then.
 */
function ignoreLogprobsWithoutAdvantage({ logprobs, advantages }: Record<LossValue, Float32Array>): void {
  for (let i = 0; i < advantages.length; i++) if (advantages[i] === 0) logprobs[i] = 0;
}

interface CheckedDatum {
  readonly tokens: readonly number[];
  readonly choices: number;
  readonly targets: Int32Array;
  readonly values: Readonly<Partial<Record<LossValue, Float32Array>>>;
}

function checkDatum(
  datum: Datum,
  loss: LossName,
  names: readonly LossValue[],
  model: ModelInfo,
  at: string,
): CheckedDatum {
  const tokens = inputTokens(datum.modelInput);
  checkTokens(tokens, model, at);
  const inputs = datum.lossFnInputs;
  const allowed = ['target_tokens', ...names];
  const stranger = Object.keys(inputs).find(key => !allowed.includes(key));
  if (stranger !== undefined)
    throw wrongInput(`${loss} takes no input "${stranger}"`, at, `it takes ${allowed.join(', ')}`);

  const targetTensor = inputs['target_tokens'];
  if (!targetTensor) throw wrongInput(`${loss} needs the input "target_tokens"`, at, 'nothing');
  const { data: targets, choices } = readCells(targetTensor, tokens.length, 'target_tokens', at);
  checkTargets(targets, model, at);

  const values: Partial<Record<LossValue, Float32Array>> = {};
  for (const name of names) {
    const tensor = inputs[name];
    if (!tensor && name === 'weights') {
      values[name] = new Float32Array(targets.length).fill(1); // every target counts once
      continue;
    }
    if (!tensor) throw wrongInput(`${loss} needs the input "${name}"`, at, 'nothing');
    const cells = readCells(tensor, tokens.length, name, at);
    if (cells.choices !== choices)
      throw wrongInput(
        `"${name}" and "target_tokens" differ in shape`,
        at,
        `${cells.choices} and ${choices} per position`,
      );
    values[name] = Float32Array.from(cells.data);
    if (!values[name].every(Number.isFinite))
      throw new TinsmithError({
        code: 'NUMBER_NOT_FINITE',
        message: `"${name}" holds a number that is not finite`,
        at,
      });
  }
  return { tokens, choices, targets: Int32Array.from(targets), values };
}

function checkTargets(targets: ArrayLike<number>, { vocabularySize }: ModelInfo, at: string): void {
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i]!;
    if (!Number.isInteger(target) || target < 0 || target >= vocabularySize)
      throw new TinsmithError({
        code: 'TOKEN_OUT_OF_RANGE',
        message: `"target_tokens" holds what is no token of the model`,
        at,
        found: `${target} at ${i}, of ${vocabularySize} tokens`,
      });
  }
}

/** The dense values of a tensor of N or N x K numbers; absent cells of a sparse one are 0. */
function readCells(tensor: TensorData, length: number, name: string, at: string) {
  const { data, shape = [data.length], sparseCrowIndices: rows, sparseColIndices: columns } = tensor;
  const [count, choices = 1] = shape;
  const hasShape =
    (shape.length === 1 || shape.length === 2) && shape.every(size => Number.isInteger(size) && size > 0);
  if (!hasShape || count !== length)
    throw wrongInput(
      `"${name}" does not have one entry per token`,
      at,
      `shape [${shape.join(', ')}] for ${length} tokens`,
    );
  if (rows || columns) return { data: densify(tensor, length, choices, name, at), choices };
  if (data.length !== length * choices)
    throw wrongInput(
      `"${name}" does not fill its shape`,
      at,
      `${data.length} numbers for [${shape.join(', ')}]`,
    );
  return { data, choices };
}

/** Compressed sparse rows: row i has the stored values from crow[i] to crow[i + 1]. */
function densify(
  tensor: TensorData,
  length: number,
  choices: number,
  name: string,
  at: string,
): Float64Array {
  const { data, shape, sparseCrowIndices: rows = [], sparseColIndices: columns = [] } = tensor;
  const isSound =
    shape?.length === 2 &&
    rows.length === length + 1 &&
    rows[0] === 0 &&
    rows.at(-1) === data.length &&
    columns.length === data.length &&
    rows.every((start, i) => i === 0 || start >= rows[i - 1]!) &&
    columns.every(column => Number.isInteger(column) && column >= 0 && column < choices);
  if (!isSound)
    throw wrongInput(
      `"${name}" is not a sound sparse matrix`,
      at,
      `${data.length} values, ${rows.length} row starts, ${columns.length} columns`,
    );
  const dense = new Float64Array(length * choices);
  for (let row = 0; row < length; row++) {
    for (let i = rows[row]!; i < rows[row + 1]!; i++) dense[row * choices + columns[i]!] = data[i]!;
  }
  return dense;
}

function wrongInput(message: string, at: string, found: string): TinsmithError {
  return new TinsmithError({ code: 'LOSS_INPUT', message, at, found });
}
