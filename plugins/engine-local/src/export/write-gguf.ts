/** A merged model as one GGUF file. Knows what llama.cpp expects of each architecture; not where the weights come from. */
import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { TinsmithError } from '@tinsmith/core';
import type { ModelConfig } from '../model/index.js';
import { createGguf, type WrittenValue } from '../weights/gguf/gguf-writer.js';
import type { WrittenType } from '../weights/gguf/quantise.js';
import { ropeFactors, ropeFactorsTensor } from '../weights/gguf/rope-factors.js';
import {
  ggufArchitecture,
  ggufNames,
  interleavedHeads,
  interleaveRows,
} from '../weights/gguf/tensor-names.js';
import type { PlannedTensor } from '../weights/output-file.js';
import { ggufType } from './formats.js';
import type { MergedModel } from './merged-model.js';

export interface GgufOutput {
  readonly format: 'gguf-f16' | 'gguf-q8_0';
  readonly vocabulary: Readonly<Record<string, WrittenValue>>;
}

/** Lets the program's event loop turn between tensors. */
export async function writeGguf(
  path: string,
  model: MergedModel,
  { format, vocabulary }: GgufOutput,
): Promise<void> {
  const { config, shapes } = model;
  const names = ggufNames(config);
  const plan: PlannedTensor<WrittenType>[] = [...shapes].map(([name, shape]) => ({
    name: names.get(name)!,
    shape,
    type: ggufType(format, shape),
  }));
  const factors = config.ropeScaling ? ropeFactors(config) : undefined;
  if (factors) plan.unshift({ name: ropeFactorsTensor, shape: [factors.length], type: 'F32' });
  const writer = createGguf(path, { ...modelMetadata(path, config, format), ...vocabulary }, plan);
  try {
    if (factors) writer.append(factors);
    for (const name of shapes.keys()) {
      const { data } = model.read(name);
      refuseLargeValues(name, data);
      const heads = interleavedHeads(name, config);
      writer.append(heads === undefined ? data : interleaveRows(data, heads, config.headSize));
      await setImmediate();
    }
    writer.finish();
  } finally {
    writer.close();
  }
}

const fileTypes = { 'gguf-f16': 1, 'gguf-q8_0': 7 } as const; // LLAMA_FTYPE_MOSTLY_F16, _Q8_0

function modelMetadata(
  path: string,
  config: ModelConfig,
  format: GgufOutput['format'],
): Record<string, WrittenValue> {
  const architecture = ggufArchitecture(config);
  const context = Math.min(config.maxPositions, config.slidingWindow ?? Infinity); // these architectures have no window there
  const fields: Record<string, WrittenValue> = {
    block_count: whole(config.layers),
    context_length: whole(context),
    embedding_length: whole(config.hiddenSize),
    feed_forward_length: whole(config.intermediateSize),
    'attention.head_count': whole(config.heads),
    'attention.head_count_kv': whole(config.keyValueHeads),
    'attention.key_length': whole(config.headSize),
    'attention.value_length': whole(config.headSize),
    'attention.layer_norm_rms_epsilon': { type: 'f32', value: config.normEpsilon },
    'rope.freq_base': { type: 'f32', value: config.ropeTheta },
    'rope.dimension_count': whole(config.headSize),
    vocab_size: whole(config.vocabularySize),
  };
  return {
    'general.architecture': { type: 'string', value: architecture },
    'general.type': { type: 'string', value: 'model' },
    'general.name': { type: 'string', value: basename(path, '.gguf') },
    'general.file_type': whole(fileTypes[format]),
    'general.quantization_version': whole(2),
    ...Object.fromEntries(Object.entries(fields).map(([key, value]) => [`${architecture}.${key}`, value])),
  };
}

const whole = (value: number): WrittenValue => ({ type: 'u32', value });

/** Float16, also as the scale of a block, ends at 65504. */
function refuseLargeValues(name: string, data: Float32Array): void {
  const large = data.find(value => !(Math.abs(value) <= 65504));
  if (large === undefined) return;
  throw new TinsmithError({
    code: 'EXPORT_RANGE',
    message: `tensor "${name}" has a value that the format cannot hold`,
    found: String(large),
    fix: 'write a folder in bfloat16 or float32 instead',
  });
}
