/**
 * Writes a base model with an adapter merged into it, for programs that know no adapters: a folder in Hugging Face layout, or a GGUF
 * file for llama.cpp and Ollama. Done only when what was written, read back, has the merged weights and the
 * log-probabilities of the parts.
 */
import { resolve } from 'node:path';
import { type SamplingClient, TinsmithError } from '@tinsmith/core';
import { openCheckpointPath } from '../checkpoints/open-path.js';
import { readRecord, verifyFiles } from '../checkpoints/checkpoint-record.js';
import { findModel, type ModelHub, type ModelRegistry, noModels, rememberingHub } from '../find-model.js';
import type { LocalEngine } from '../local-engine.js';
import type { ModelConfig } from '../model/index.js';
import { type Adapter, readAdapter } from '../weights/adapter-folder.js';
import { describeModel, openWeights } from '../weights/model-source.js';
import { checkWeights } from './check-weights.js';
import { compareLogprobs, type LogprobDifference, sampleTexts } from './compare-logprobs.js';
import { type ExportFormat, exportFormats, isGgufFormat } from './formats.js';
import { ggufVocabulary, noVocabulary } from './gguf-vocabulary.js';
import { type MergedModel, mergeModel } from './merged-model.js';
import { sideFiles, tokenizerFiles } from './side-files.js';
import { writeStaged } from '../checkpoints/staged-output.js';
import { writeModelFolder } from './write-folder.js';
import { writeGguf } from './write-gguf.js';

export interface MergeOptions {
  /** The base model: a name that `models` knows, a folder, a GGUF file, an id on the hub. Default: the one that the adapter names. */
  readonly base?: string | undefined;
  /** A checkpoint's path, or the folder of a PEFT adapter. None: the base model is only converted. */
  readonly adapter?: string | undefined;
  /** The folder or file to write. There must be nothing yet. */
  readonly out: string;
  readonly format: ExportFormat;
  /** false: a GGUF file without a tokenizer, which takes token ids only. Default true, where the model has one. */
  readonly tokenizer?: boolean | undefined;
  /** As of the engine. */
  readonly models?: ModelRegistry | undefined;
  readonly hub?: ModelHub | undefined;
  readonly checkpoints?: string | undefined;
  readonly workingDirectory?: string | undefined;
  readonly threads?: number | undefined;
}

export interface MergeReport {
  readonly out: string;
  readonly format: ExportFormat;
  /** Between base and adapter on the one side, what was written on the other; in nats. */
  readonly logprobDifference: LogprobDifference;
}

/**
 * Mean difference in nats that rounding can explain, by what matrices are stored in. Measured: see the README. A wrong
 * order of rows or a missing scale is off by whole nats in a trained model.
 */
const largestMeanDifference: Readonly<Record<ExportFormat, number>> = {
  'hf-f32': 1e-4,
  hf: 0.1,
  'hf-bf16': 0.1,
  'gguf-f16': 0.02,
  'gguf-q8_0': 0.15,
};

/**
 * Merges in float32 and rounds once. Two copies of the largest tensor are in memory while writing, one copy of the model while
 * checking; the calling thread works for as long as one tensor takes, then lets others run.
 * @throws {TinsmithError} EXPORT_OPTIONS, EXPORT_EXISTS, EXPORT_RANGE, EXPORT_MISMATCH, TOKENIZER_UNSUPPORTED, BASE_MODEL_UNKNOWN
 *   and those of models and checkpoints. Nothing is left at `out` then.
 */
export async function mergeCheckpoint(options: MergeOptions): Promise<MergeReport> {
  const { format, workingDirectory = process.cwd(), models = noModels, threads } = options;
  checkFormat(options);
  const places = {
    checkpoints: resolve(workingDirectory, options.checkpoints ?? 'checkpoints'),
    workingDirectory,
  };
  const opened = options.adapter === undefined ? undefined : openCheckpointPath(options.adapter, places);
  if (opened?.isWhole)
    throw new TinsmithError({
      code: 'EXPORT_OPTIONS',
      message: 'the checkpoint is a whole model: there is nothing to merge',
      at: opened.folder,
      fix: 'give it as the base, without an adapter',
    });
  const baseName = options.base ?? opened?.baseModel;
  if (baseName === undefined)
    throw new TinsmithError({
      code: 'BASE_MODEL_UNKNOWN',
      message: 'the adapter does not say which model it is for',
      ...(opened && { at: opened.folder }),
      fix: 'give the base model',
    });
  const { folder: base } = await findModel(baseName, {
    models,
    workingDirectory,
    hub: rememberingHub(options.hub),
  });
  const { config, configJson } = describeModel(base);
  const adapter = opened && readVerifiedAdapter(opened.folder, config);

  const engineOptions = { ...places, threads };
  const start = startToken(configJson, config);
  const expected = await sampleTexts(engineOptions, start, config.maxPositions, engine =>
    openPolicy(engine, base, opened?.folder),
  );
  const out = resolve(workingDirectory, options.out);
  let difference: LogprobDifference | undefined;
  await writeStaged(out, async temporary => {
    const weights = openWeights(base, config);
    try {
      const merged = mergeModel(weights, config, adapter);
      await write(temporary, merged, { ...options, base, configJson });
      await checkWeights(temporary, merged);
    } finally {
      weights.close();
    }
    difference = await compareLogprobs(temporary, expected, threads);
    if (!(difference.mean <= largestMeanDifference[format])) throw mismatch(difference, format, base);
  });
  return { out, format, logprobDifference: difference! };
}

interface WriteRequest {
  readonly format: ExportFormat;
  readonly base: string;
  readonly configJson: Readonly<Record<string, unknown>>;
  readonly tokenizer?: boolean | undefined;
}

async function write(path: string, model: MergedModel, request: WriteRequest): Promise<void> {
  const { format, base, configJson, tokenizer = true } = request;
  if (!isGgufFormat(format))
    return writeModelFolder(path, model, { format, configJson, files: sideFiles(base) });
  const files = tokenizer ? tokenizerFiles(base) : undefined;
  const vocabulary = files ? ggufVocabulary(files, model.config.vocabularySize, base) : noVocabulary;
  return writeGguf(path, model, { format, vocabulary });
}

function checkFormat({ format, out }: MergeOptions): void {
  const isKnown = exportFormats.includes(format);
  const hasEnding = out.toLowerCase().endsWith('.gguf');
  if (isKnown && hasEnding === isGgufFormat(format)) return;
  throw new TinsmithError({
    code: 'EXPORT_OPTIONS',
    message: isKnown ? 'a GGUF file is named .gguf, and nothing else is' : 'the format is unknown',
    found: `format ${format}, written to ${out}`,
    fix: `the formats are ${exportFormats.join(', ')}`,
  });
}

function readVerifiedAdapter(folder: string, config: ModelConfig): Adapter {
  const record = readRecord(folder);
  if (record) verifyFiles(folder, record);
  return readAdapter(folder, config);
}

/** A checkpoint to train from is opened as one: only so does the engine take it, and compare the base model with its record. */
async function openPolicy(
  engine: LocalEngine,
  base: string,
  adapter: string | undefined,
): Promise<SamplingClient> {
  if (adapter === undefined) return engine.createSamplingClient({ baseModel: base });
  if (readRecord(adapter)?.kind !== 'weights')
    return engine.createSamplingClient({ modelPath: adapter, baseModel: base });
  const training = await engine.createTrainingClientFromState(adapter, { baseModel: base });
  return training.saveWeightsAndGetSamplingClient();
}

/** Texts begin where the model's do, if it says where. */
function startToken(configJson: Readonly<Record<string, unknown>>, { vocabularySize }: ModelConfig): number {
  const start = [configJson['bos_token_id'], configJson['eos_token_id']]
    .flat()
    .find(id => typeof id === 'number');
  return start !== undefined && start < vocabularySize ? start : 0;
}

function mismatch({ mean, largest }: LogprobDifference, format: ExportFormat, base: string): TinsmithError {
  return new TinsmithError({
    code: 'EXPORT_MISMATCH',
    message: 'the model written does not agree with the base model and its adapter',
    at: base,
    found: `log-probabilities differ by ${mean.toPrecision(2)} nats on average, ${largest.toPrecision(2)} at most; ${largestMeanDifference[format]} on average is allowed for ${format}`,
    fix: 'nothing was kept; please report this model',
  });
}
