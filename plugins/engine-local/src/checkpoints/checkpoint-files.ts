/**
 * Checkpoints on disk: LoRA factors in PEFT's layout, or a whole model in Hugging Face layout, with the optimiser's state beside
 * them and a record. Runs in the worker, which owns the weights.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TinsmithError } from '@tinsmith/core';
import type { LoraConfig, ModelConfig } from '../model/index.js';
import { freshOptimizer, type OptimizerState } from '../training/adamw.js';
import {
  adapterConfigFile,
  adapterConfigJson,
  adapterWeightsFile,
  readAdapter,
} from '../weights/adapter-folder.js';
import { hashFile } from '../weights/hash-file.js';
import { readTensors, readWeights } from '../weights/model-folder.js';
import { type FloatTensors, openSafetensors, writeSafetensors } from '../weights/safetensors.js';
import { type ShardOptions, writeShards } from '../weights/write-shards.js';
import { recoverFolder, writeFileSynced, writeFolder } from './atomic-folder.js';
import { type CheckpointRecord, readRecord, recordFile, verifyFiles } from './checkpoint-record.js';
import type { CheckpointKind } from './checkpoint-path.js';
import { removeExpired } from './checkpoint-upkeep.js';

const optimizerFile = 'optimizer.safetensors';

export interface CheckpointContent {
  readonly baseModel: string;
  readonly baseModelHash: string | null;
  readonly lora: LoraConfig | undefined;
  /** config.json of the model, which a whole model needs beside its weights. */
  readonly configJson: Readonly<Record<string, unknown>>;
  readonly parameters: FloatTensors;
  readonly optimizer: OptimizerState;
}

export interface SaveTarget {
  readonly root: string;
  readonly name: string;
  readonly kind: CheckpointKind;
  readonly overwrite: boolean;
  readonly ttlSeconds: number | undefined;
}

/** @throws {TinsmithError} CHECKPOINT_EXISTS */
export function saveCheckpoint(target: SaveTarget, content: CheckpointContent): void {
  const folder = join(target.root, target.name, target.kind);
  recoverFolder(folder);
  removeExpired(target.root);
  if (existsSync(folder) && !target.overwrite)
    throw new TinsmithError({
      code: 'CHECKPOINT_EXISTS',
      message: `there is already a checkpoint "${target.name}"`,
      at: folder,
      fix: 'choose another name, or save with overwrite: true',
    });
  const { lora, optimizer } = content;
  writeFolder(folder, fresh => {
    const files = lora
      ? writeAdapter(fresh, lora, content)
      : writeModel(fresh, content.configJson, content.parameters);
    if (target.kind === 'weights') files[optimizerFile] = writeOptimizer(join(fresh, optimizerFile), content);
    const now = Date.now();
    const record: CheckpointRecord = {
      format: 'tinsmith-checkpoint/1',
      kind: target.kind,
      base_model: content.baseModel,
      base_model_hash: content.baseModelHash,
      lora: lora ? { ...lora, targets: [...lora.targets] } : null,
      step: optimizer.step,
      created_at: new Date(now).toISOString(),
      expires_at:
        target.ttlSeconds === undefined ? null : new Date(now + target.ttlSeconds * 1000).toISOString(),
      files,
    };
    writeFileSynced(join(fresh, recordFile), JSON.stringify(record, undefined, 2));
  });
}

function writeAdapter(folder: string, lora: LoraConfig, content: CheckpointContent): Record<string, string> {
  const config = join(folder, adapterConfigFile);
  writeFileSynced(config, JSON.stringify(adapterConfigJson(lora, content.baseModel), undefined, 2));
  const weights = writeSafetensors(join(folder, adapterWeightsFile), content.parameters, {
    metadata: { format: 'pt' },
  });
  return { [adapterConfigFile]: hashFile(config), [adapterWeightsFile]: weights };
}

/**
 * A model in Hugging Face layout, without a tokenizer.
 * @returns the SHA-256 of each file.
 */
export function writeModel(
  folder: string,
  configJson: Readonly<Record<string, unknown>>,
  parameters: FloatTensors,
  options: ShardOptions = { type: 'F32' },
): Record<string, string> {
  const config = join(folder, 'config.json');
  const dtype = options.type === 'F32' ? 'float32' : 'bfloat16';
  const named = Object.hasOwn(configJson, 'dtype') ? { dtype } : { torch_dtype: dtype }; // the spelling of Transformers 5 or 4
  writeFileSynced(config, JSON.stringify({ ...configJson, ...named }, undefined, 2));
  return { 'config.json': hashFile(config), ...writeShards(folder, parameters, options) };
}

function writeOptimizer(path: string, { parameters, optimizer }: CheckpointContent): string {
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, { shape, data }] of parameters) {
    for (const [prefix, moments] of momentsOf(optimizer)) {
      tensors.set(prefix + name, { shape, data: moments.get(name) ?? new Float32Array(data.length) });
    }
  }
  return writeSafetensors(path, tensors, { metadata: { step: String(optimizer.step) } });
}

const momentsOf = ({ firstMoments, secondMoments }: OptimizerState) =>
  [
    ['exp_avg/', firstMoments], // PyTorch's names
    ['exp_avg_sq/', secondMoments],
  ] as const;

export interface LoadedParameters {
  /** undefined if all parameters are trained. */
  readonly lora: LoraConfig | undefined;
  readonly parameters: FloatTensors;
}

/**
 * Reads the trained tensors in `folder` for a model of `config`.
 * @param record what {@link openRecord} gave: undefined for an adapter made elsewhere.
 * @throws {TinsmithError} those of adapters and models
 */
export function loadParameters(
  folder: string,
  record: CheckpointRecord | undefined,
  config: ModelConfig,
): LoadedParameters {
  if (record && !record.lora) return { lora: undefined, parameters: readWeights(folder, config) };
  const { lora, factors } = readAdapter(folder, config);
  return { lora, parameters: factors };
}

/**
 * The record of a checkpoint whose kind and files are as they should be; undefined for an adapter made elsewhere.
 * @throws {TinsmithError} CHECKPOINT_NOT_FOUND, CHECKPOINT_KIND, CHECKPOINT_CORRUPT
 */
export function openRecord(folder: string, kind: CheckpointKind): CheckpointRecord | undefined {
  recoverFolder(folder);
  const record = readRecord(folder);
  if (!record) return undefined;
  if (record.kind !== kind)
    throw new TinsmithError({
      code: 'CHECKPOINT_KIND',
      message:
        kind === 'weights'
          ? 'the checkpoint has no state to train from'
          : 'the checkpoint is not one to sample from',
      at: folder,
      found: `a checkpoint of kind "${record.kind}"`,
      fix:
        kind === 'weights'
          ? 'use the path that saveState returned'
          : 'use the path that saveWeightsForSampler returned',
    });
  verifyFiles(folder, record);
  return record;
}

/** @throws {TinsmithError} CHECKPOINT_NOT_FOUND if the folder has no optimiser state. */
export function loadOptimizer(folder: string, parameters: FloatTensors): OptimizerState {
  const path = join(folder, optimizerFile);
  if (!existsSync(path))
    throw new TinsmithError({
      code: 'CHECKPOINT_NOT_FOUND',
      message: "the folder has weights but no optimiser's state",
      at: folder,
      fix: 'load it without the optimiser',
    });
  const file = openSafetensors(path);
  try {
    const state = freshOptimizer();
    state.step = Number(file.metadata['step'] ?? 0);
    for (const [prefix, moments] of momentsOf(state)) {
      const shapes = new Map([...parameters].map(([name, { shape }]) => [prefix + name, shape]));
      for (const [name, { data }] of readTensors([file], shapes, folder))
        moments.set(name.slice(prefix.length), data);
    }
    return state;
  } finally {
    file.close();
  }
}
