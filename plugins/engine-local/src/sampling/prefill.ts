/**
 * Runs prompts through the model once, for what sampling needs: the logits behind the last token, and keys and values. Nothing that it
 * gives depends on which prompts are run together, or on what of them was known before, to the last bit.
 */
import type { Tensor } from 'onnxruntime-node';
import { continuedBlocks, type ModelConfig, prefillGraph } from '../model/index.js';
import { float32Tensor, floats, int64Tensor } from '../worker/graph-sessions.js';
import { type Policy, policySession } from '../worker/policy.js';
import { copyPositions, emptyKeyValues, type KeyValues } from './key-values.js';
import { blockLength, type PromptCache } from './prompt-cache.js';
import { leastTime } from './least-time.js';

export interface Prefilled {
  /** [vocabulary] */
  readonly logits: Float32Array;
  readonly keyValues: KeyValues;
}

/** Positions of one pass: beyond this many a pass is no faster per position, and its scores, [positions, context] per head, grow. */
const mostPositions = 512;

/**
 * Runs the first of the prompts, and those after it that go well together with it: one pass, or several if it is long.
 * @returns what was run, by the index of the prompt
 */
export async function prefillSome(
  policy: Policy,
  prompts: readonly Int32Array[],
  cache: PromptCache,
): Promise<ReadonlyMap<number, Prefilled>> {
  const first = prompts[0]!;
  if (cache.known(policy, first) > 0 || first.length > mostPositions)
    return new Map([[0, await prefillAlone(policy, first, cache)]]);
  const indexes = [0];
  const begun = new Set([startOf(first)]);
  let longest = first.length;
  for (let index = 1; index < prompts.length; index++) {
    const prompt = prompts[index]!;
    // One that begins like another of the pass waits: it will find that beginning in the cache.
    if (cache.known(policy, prompt) > 0 || (prompt.length > blockLength && begun.has(startOf(prompt))))
      continue;
    longest = Math.max(longest, prompt.length);
    if (longest * (indexes.length + 1) > mostPositions) break;
    indexes.push(index);
    begun.add(startOf(prompt));
  }
  const together = indexes.map(index => prompts[index]!);
  const { logits, outputs, time } = await run(policy, together, noPast(policy.config, together.length));
  return new Map(
    indexes.map((index, row) => {
      const tokens = prompts[index]!;
      const isWhole = indexes.length === 1 && time === tokens.length;
      const keyValues = isWhole
        ? wholeOutputs(policy.config, outputs, time)
        : emptyKeyValues(policy.config, tokens.length);
      if (!isWhole)
        readOutputs(policy.config, outputs, { row, time, into: keyValues, at: 0, count: tokens.length });
      cache.write(policy, tokens, keyValues);
      return [index, { logits: logits(row), keyValues }];
    }),
  );
}

const startOf = (prompt: Int32Array): string => prompt.subarray(0, blockLength).join();

async function prefillAlone(policy: Policy, tokens: Int32Array, cache: PromptCache): Promise<Prefilled> {
  const keyValues = emptyKeyValues(policy.config, tokens.length);
  let at = cache.read(policy, tokens, keyValues);
  for (;;) {
    const chunk = tokens.subarray(at, at + mostPositions);
    const past = pastOf(policy.config, keyValues, at);
    const { logits, outputs, time } = await run(policy, [chunk], past);
    readOutputs(policy.config, outputs, { row: 0, time, into: keyValues, at, count: chunk.length });
    at += chunk.length;
    if (at < tokens.length) continue;
    cache.write(policy, tokens, keyValues);
    return { logits: logits(0), keyValues };
  }
}

/** One pass over rows that all have the same number of positions before them. */
async function run(policy: Policy, rows: readonly Int32Array[], past: Readonly<Record<string, Tensor>>) {
  const { config, tensors } = policy;
  const session = await policySession(policy, 'prefill', policy.frozen?.prefill, prefillGraph);
  const time = Math.max(leastTime(config), ...rows.map(row => row.length));
  const tokens = new Int32Array(rows.length * time);
  rows.forEach((row, index) => tokens.set(row, index * time));
  const ends = rows.map((row, index) => index * time + row.length - 1);
  if (ends.length === 1) ends.push(ends[0]!); // never a single row
  const outputs = await session.run(
    {
      tokens: int64Tensor(tokens, [rows.length, time]),
      ends: int64Tensor(ends, [ends.length]),
      block: int64Tensor([attentionBlock(config, time)], [1]),
      ...past,
    },
    tensors,
  );
  const all = floats(outputs['logits']);
  const size = config.vocabularySize;
  return { outputs, time, logits: (row: number) => all.slice(row * size, (row + 1) * size) };
}

/** Positions of a block of queries; 0: too few for several. A multiple of 16, for sums over equally many lanes. */
function attentionBlock(config: ModelConfig, time: number): number {
  const block = 16 * Math.floor(time / (16 * continuedBlocks));
  return block >= leastTime(config) ? block : 0;
}

function noPast({ layers, keyValueHeads, headSize }: ModelConfig, rows: number): Record<string, Tensor> {
  const none = float32Tensor(new Float32Array(0), [rows, keyValueHeads, 0, headSize]);
  return Object.fromEntries(
    Array.from({ length: layers }, (_, layer) => [
      [`past_key.${layer}`, none],
      [`past_value.${layer}`, none],
    ]).flat(),
  );
}

/** The first positions of one sequence as the graph takes them. */
function pastOf(config: ModelConfig, keyValues: KeyValues, count: number): Record<string, Tensor> {
  if (count === 0) return noPast(config, 1);
  const { keyValueHeads: heads, headSize: size } = config;
  const part = (array: Float32Array) => {
    const past = new Float32Array(heads * count * size);
    copyPositions(
      { array, start: 0, length: keyValues.length, at: 0 },
      { array: past, start: 0, length: count, at: 0 },
      { heads, size, count },
    );
    return float32Tensor(past, [1, heads, count, size]);
  };
  return Object.fromEntries(
    keyValues.keys.flatMap((keys, layer) => [
      [`past_key.${layer}`, part(keys)],
      [`past_value.${layer}`, part(keyValues.values[layer]!)],
    ]),
  );
}

/** The outputs of a single row without padding are its keys and values as they are. */
function wholeOutputs(
  { layers }: ModelConfig,
  outputs: Readonly<Record<string, Tensor>>,
  length: number,
): KeyValues {
  const all = (kind: string) =>
    Array.from({ length: layers }, (_, layer) => floats(outputs[`${kind}.${layer}`]));
  return { length, keys: all('key'), values: all('value') };
}

/** Takes a row's keys and values, without the padding, from the outputs [rows, heads, time, headSize]. */
function readOutputs(
  { keyValueHeads: heads, headSize: size }: ModelConfig,
  outputs: Readonly<Record<string, Tensor>>,
  {
    row,
    time,
    into,
    at,
    count,
  }: {
    readonly row: number;
    readonly time: number;
    readonly into: KeyValues;
    readonly at: number;
    readonly count: number;
  },
): void {
  const start = row * heads * time * size;
  for (const [prefix, arrays] of [
    ['key', into.keys],
    ['value', into.values],
  ] as const)
    for (const [layer, array] of arrays.entries())
      copyPositions(
        { array: floats(outputs[`${prefix}.${layer}`]), start, length: time, at: 0 },
        { array, start: 0, length: into.length, at },
        { heads, size, count },
      );
}
