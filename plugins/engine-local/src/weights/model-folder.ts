/**
 * A model in Hugging Face layout: config.json, and model.safetensors or shards with an index. Knows the layout, not what is
 * done with the weights.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, TinsmithError } from '@tinsmith/core';
import { z } from 'zod';
import { type ModelConfig, parseModelConfig, type Shapes, weightShapes } from '../model/index.js';
import { checkFinite } from './check-finite.js';
import { hashFile } from './hash-file.js';
import { type FloatTensor, type FloatTensors, openSafetensors, type SafetensorsFile } from './safetensors.js';

export interface ModelDescription {
  readonly config: ModelConfig;
  /** config.json as it was, with the fields that {@link ModelConfig} does not have. */
  readonly configJson: Readonly<Record<string, unknown>>;
  /** Tokens that end a text; empty if the files name none. */
  readonly endTokens: readonly number[];
  /** SHA-256 of the bytes that say what the model is: of config.json, or of a GGUF file's header. */
  readonly descriptionHash: string;
}

/**
 * Reads what a model folder says about the model, without the weights.
 * @throws {TinsmithError} MODEL_NOT_FOUND, MODEL_UNSUPPORTED
 */
export function describeModel(folder: string): ModelDescription {
  const file = join(folder, 'config.json');
  if (!existsSync(file))
    throw new TinsmithError({
      code: 'MODEL_NOT_FOUND',
      message: 'there is no model in the folder',
      at: folder,
      found: existsSync(folder) ? 'a folder without config.json' : 'no such folder',
      fix: 'name a folder in Hugging Face layout: config.json, model.safetensors, tokenizer.json',
    });
  const configJson = readJson(file);
  const generation = join(folder, 'generation_config.json');
  const endTokens =
    readEndTokens(existsSync(generation) ? readJson(generation) : {}) ?? readEndTokens(configJson) ?? [];
  return { config: parseConfig(configJson, file), configJson, endTokens, descriptionHash: hashFile(file) };
}

/** @throws {TinsmithError} MODEL_UNSUPPORTED if the graphs cannot express the model. */
export function parseConfig(configJson: unknown, at: string): ModelConfig {
  try {
    return parseModelConfig(configJson);
  } catch (cause) {
    throw new TinsmithError({ code: 'MODEL_UNSUPPORTED', message: messageOf(cause), at, cause });
  }
}

/**
 * Reads all weights, widened to float32.
 * @throws {TinsmithError} MODEL_FILE_MISSING, TENSOR_MISSING, TENSOR_SHAPE, SAFETENSORS_CORRUPT, SAFETENSORS_TYPE
 */
export function readWeights(folder: string, config: ModelConfig): FloatTensors {
  const files: SafetensorsFile[] = [];
  try {
    for (const path of weightFiles(folder)) files.push(openSafetensors(path));
    return readTensors(files, weightShapes(config), folder);
  } finally {
    for (const file of files) file.close();
  }
}

/** The files that hold a model's weights, in order. */
export function weightFiles(folder: string): string[] {
  const single = join(folder, 'model.safetensors');
  if (existsSync(single)) return [single];
  const index = join(folder, 'model.safetensors.index.json');
  if (!existsSync(index))
    throw new TinsmithError({
      code: 'MODEL_FILE_MISSING',
      message: 'the model folder has no weights',
      at: folder,
      found: 'neither model.safetensors nor model.safetensors.index.json',
      fix: 'copy or download the weights into the folder; other formats are not read',
    });
  const parsed = z.object({ weight_map: z.record(z.string(), z.string()) }).safeParse(readJson(index));
  if (!parsed.success)
    throw new TinsmithError({
      code: 'MODEL_FILE_INVALID',
      message: 'the index of the shards has no weight_map',
      at: index,
    });
  const shards = [...new Set(Object.values(parsed.data.weight_map))].toSorted();
  for (const shard of shards) {
    if (!/^[^/\\]+\.safetensors$/.test(shard) || !existsSync(join(folder, shard)))
      throw new TinsmithError({
        code: 'MODEL_FILE_MISSING',
        message: 'a shard of the weights is missing',
        at: index,
        found: `"${shard}" in the index, and no such file beside it`,
      });
  }
  return shards.map(shard => join(folder, shard));
}

/** Reads the named tensors out of the files, checking shapes. Other tensors in the files are left alone. */
export function readTensors(
  files: readonly SafetensorsFile[],
  shapes: Shapes,
  at: string,
): Map<string, FloatTensor> {
  const tensors = new Map<string, FloatTensor>();
  for (const [name, shape] of shapes) {
    const file = files.find(({ entries }) => entries.has(name));
    if (!file)
      throw new TinsmithError({
        code: 'TENSOR_MISSING',
        message: `tensor "${name}" is in none of the files`,
        at,
        found: `${files.reduce((count, { entries }) => count + entries.size, 0)} tensors in ${files.length} files`,
      });
    const tensor = file.read(name);
    if (tensor.shape.join() !== shape.join() || !(tensor.data instanceof Float32Array))
      throw new TinsmithError({
        code: 'TENSOR_SHAPE',
        message: `tensor "${name}" does not have the shape that the configuration asks for`,
        at: file.path,
        found: `[${tensor.shape.join(', ')}], not [${shape.join(', ')}]`,
      });
    checkFinite(name, tensor.data, file.path);
    tensors.set(name, { shape, data: tensor.data });
  }
  return tensors;
}

export function readJson(file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new TinsmithError({ code: 'MODEL_FILE_INVALID', message: 'the file is not JSON', at: file, cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TinsmithError({
      code: 'MODEL_FILE_INVALID',
      message: 'the file does not hold a JSON object',
      at: file,
    });
  return value as Record<string, unknown>;
}

const endTokensSchema = z.union([z.int().nonnegative(), z.array(z.int().nonnegative())]);

function readEndTokens(json: Readonly<Record<string, unknown>>): number[] | undefined {
  const parsed = endTokensSchema.safeParse(json['eos_token_id']);
  return parsed.success ? [parsed.data].flat() : undefined;
}

export const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
