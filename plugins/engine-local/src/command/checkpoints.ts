/** `tinsmith checkpoints`: what becomes of a checkpoint without a program. Knows words and flags; `export` does the work. */
import { join, resolve } from 'node:path';
import {
  type Command,
  type CommandContext,
  type ModelSource,
  nearest,
  readCommandArguments,
  type Registry,
  TinsmithError,
} from '@tinsmith/core';
import { type ExportFormat, exportFormats, isGgufFormat } from '../export/formats.js';

const usage = `  tinsmith checkpoints merge PATH OUT

Writes the base model with the checkpoint merged into it; nothing appears at OUT before it has been read back and compared.

  PATH                   local://checkpoints/NAME/sampler or .../weights as a run reports it, or a folder: of a checkpoint,
                         or of a PEFT adapter
  OUT                    a new folder in Hugging Face layout, or a new file named .gguf
  --format FORMAT        hf (each tensor in the type it had), hf-f32, hf-bf16, gguf-f16, gguf-q8_0
                         default: hf, or gguf-f16 for a file
  --run FOLDER           the run folder that local:// paths belong to (default: where you are)
  --base NAME            the base model, where the adapter does not say: of a plugin, a path, or a hub id
  --no-tokenizer         a GGUF file that takes token ids only`;

const flags = { format: 'value', run: 'value', base: 'value', 'no-tokenizer': 'switch' } as const;

export interface CheckpointsDeps {
  readonly models: Registry<ModelSource>;
}

/** As in the plugin's options. */
export interface CheckpointsOptions {
  /** Folder of checkpoints, relative to the run folder. */
  readonly checkpoints: string;
  readonly threads: number | undefined;
}

export function checkpointsCommand({ models }: CheckpointsDeps, options: CheckpointsOptions): Command {
  return {
    specification: 'v1',
    description: 'Merges a checkpoint into its base model, for programs that know no adapters',
    usage,
    run: context => checkpoints(context, models, options),
  };
}

async function checkpoints(
  { arguments: given, cwd, print }: CommandContext,
  models: Registry<ModelSource>,
  { checkpoints: folder, threads }: CheckpointsOptions,
): Promise<void> {
  const { words, flags: found } = readCommandArguments(given, flags);
  const [action, path, out, ...rest] = words;
  if (action !== 'merge')
    throw new TinsmithError({
      code: 'ARGUMENT_INVALID',
      message: 'checkpoints does one thing: merge',
      found: action ?? 'nothing',
      fix: 'tinsmith checkpoints merge PATH OUT',
    });
  if (path === undefined || out === undefined || rest.length > 0)
    throw new TinsmithError({
      code: out === undefined ? 'ARGUMENT_MISSING' : 'ARGUMENT_INVALID',
      message: 'merge takes the path of a checkpoint and the place to write to',
      found: words.slice(1).join(' ') || 'nothing',
      fix: 'tinsmith checkpoints merge PATH OUT',
    });
  const { mergeCheckpoint } = await import('../export/merge-checkpoint.js');
  const report = await mergeCheckpoint({
    adapter: path,
    base: found.base,
    out,
    format: readFormat(found.format, out),
    tokenizer: !found['no-tokenizer'],
    checkpoints: join(resolve(cwd, found.run ?? '.'), folder),
    workingDirectory: cwd,
    models,
    threads,
  });
  const { mean, largest, tokens } = report.logprobDifference;
  print(`wrote ${out} (${report.format})`);
  print(
    `checked on ${tokens} tokens: log-probabilities differ by ${mean.toPrecision(2)} nats on average, ${largest.toPrecision(2)} at most`,
  );
}

function readFormat(given: string | undefined, out: string): ExportFormat {
  const isFile = out.toLowerCase().endsWith('.gguf');
  if (given === undefined) return isFile ? 'gguf-f16' : 'hf';
  const format = exportFormats.find(name => name === given);
  const fitting = exportFormats.filter(name => isGgufFormat(name) === isFile);
  if (format !== undefined && fitting.includes(format)) return format;
  throw new TinsmithError({
    code: 'ARGUMENT_INVALID',
    message:
      format === undefined
        ? `there is no format "${given}"`
        : `${given} is ${isFile ? 'a folder' : 'a file named .gguf'}, and OUT is none`,
    at: '--format',
    found: `OUT: ${out}`,
    fix: (format === undefined && nearest(given, fitting)) || `one of ${fitting.join(', ')} for this OUT`,
  });
}
