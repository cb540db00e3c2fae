/**
 * A model wherever it is: a folder in Hugging Face layout or one GGUF file. The rest of the engine asks here and does not know the
 * difference.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ModelConfig, weightShapes } from '../model/index.js';
import { openGguf } from './gguf/gguf-file.js';
import { describeGguf, readGgufWeight, readGgufWeights } from './gguf/gguf-model.js';
import { ggufNames } from './gguf/tensor-names.js';
import type { TensorTypeName } from './gguf/tensor-types.js';
import * as folders from './model-folder.js';
import { type FloatTensor, type FloatTensors, openSafetensors, type SafetensorsFile } from './safetensors.js';

export const isGgufFile = (path: string): boolean =>
  path.toLowerCase().endsWith('.gguf') && (statSync(path, { throwIfNoEntry: false })?.isFile() ?? false);

/** Whether there are weights to read; of a model on the hub the description may be here without them. */
export const hasWeights = (path: string): boolean =>
  isGgufFile(path) ||
  ['model.safetensors', 'model.safetensors.index.json'].some(name => existsSync(join(path, name)));

/**
 * Reads what the files say about the model, without the weights.
 * @throws {TinsmithError} MODEL_NOT_FOUND, MODEL_UNSUPPORTED, and those of GGUF headers
 */
export const describeModel = (path: string): folders.ModelDescription =>
  isGgufFile(path) ? describeGguf(path) : folders.describeModel(path);

/**
 * Reads all weights, widened to float32.
 * @throws {TinsmithError} MODEL_FILE_MISSING, TENSOR_MISSING, TENSOR_SHAPE, and those of damaged files
 */
export const readWeights = (path: string, config: ModelConfig): FloatTensors =>
  isGgufFile(path) ? readGgufWeights(path, config) : folders.readWeights(path, config);

/** Weights that are read one by one, by their Hugging Face names. Close them. */
export interface OpenWeights {
  read(name: string): FloatTensor;
  /** What the file stores the tensor in. */
  typeOf(name: string): TensorTypeName;
  close(): void;
}

export function openWeights(path: string, config: ModelConfig): OpenWeights {
  return isGgufFile(path) ? openGgufWeights(path, config) : openFolderWeights(path, config);
}

function openGgufWeights(path: string, config: ModelConfig): OpenWeights {
  const names = ggufNames(config);
  const file = openGguf(path);
  return {
    read: name => readGgufWeight(file, name, config),
    typeOf: name => file.tensors.get(names.get(name)!)!.type.name,
    close: file.close,
  };
}

function openFolderWeights(folder: string, config: ModelConfig): OpenWeights {
  const shapes = weightShapes(config);
  const files: SafetensorsFile[] = [];
  const close = () => files.forEach(file => file.close());
  try {
    for (const path of folders.weightFiles(folder)) files.push(openSafetensors(path));
  } catch (error) {
    close();
    throw error;
  }
  return {
    read: name => folders.readTensors(files, new Map([[name, shapes.get(name)!]]), folder).get(name)!,
    typeOf(name) {
      const type = files.find(({ entries }) => entries.has(name))?.entries.get(name)?.type;
      return type === undefined || type === 'I32' ? 'F32' : type; // I32 is no weight: reading it is refused
    },
    close,
  };
}
