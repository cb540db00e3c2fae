/**
 * What a command is about: a base model, sampler weights, or a checkpoint of a run, with the chat format that it speaks. Knows
 * nothing about what is done with it.
 */
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import {
  type CheckpointRow,
  checkpointsFile,
  type Engine,
  messageOf,
  type ModelSource,
  parseCheckpointRows,
  type Registry,
  type Renderer,
  type RendererSource,
  type SamplingClient,
  TinsmithError,
  type Tokenizer,
} from '@tinsmith/core';
import { chooseEngine } from '../models/choose-engine.js';
import { openRendererByFlags } from '../models/choose-renderer.js';

/** A base model, with or without sampler weights, or a run. */
export interface SubjectRequest {
  readonly model: string | undefined;
  readonly checkpoint: string | undefined;
  /** A run folder. */
  readonly run: string | undefined;
  /** Name of a checkpoint of the run. */
  readonly at: string | undefined;
  readonly engine: string | undefined;
  readonly renderer: string | undefined;
  readonly anyRenderer: boolean;
}

export interface SubjectRegistries {
  readonly engines: Registry<Engine>;
  readonly models: Registry<ModelSource>;
  readonly renderers: Registry<RendererSource>;
}

export interface Subject {
  readonly model: string;
  /** Undefined: the base model. */
  readonly checkpoint: string | undefined;
  /** For the name of a folder. */
  readonly label: string;
  readonly renderer: Renderer;
  readonly tokenizer: Tokenizer;
  readonly sampling: () => Promise<SamplingClient>;
  /** The weights before any training. */
  readonly baseSampling: () => Promise<SamplingClient>;
  /** Of a run: what its recipe was given. */
  readonly recipeOptions: Readonly<Record<string, unknown>>;
}

/** @throws RUN_UNREADABLE, CHECKPOINTS_UNREADABLE, CHECKPOINT_MISSING, ENGINE_AMBIGUOUS, PROVIDER_MISSING, and what model and renderer throw */
export async function openSubject(
  request: SubjectRequest,
  { engines, ...registries }: SubjectRegistries,
  { cwd, warn }: { readonly cwd: string; readonly warn: (line: string) => void },
): Promise<Subject> {
  const run = request.run === undefined ? undefined : await readRun(resolve(cwd, request.run), request.at);
  const model = run?.modelName ?? request.model!;
  const checkpoint = run?.checkpoint ?? request.checkpoint;
  const engine = await engines.get(chooseEngine(request.engine ?? run?.engine, engines, '--engine'));
  const tokenizer = await engine.getTokenizer(model);
  return {
    model,
    checkpoint,
    label: slug(run ? `${run.name}-${run.row}` : (checkpoint ?? model)),
    tokenizer,
    renderer: await openRendererByFlags(
      {
        modelName: model,
        rendererName: request.renderer ?? run?.rendererName,
        anyRenderer: request.anyRenderer || (request.renderer === undefined && run?.anyRenderer === true),
      },
      registries,
      { tokenizer, onWarning: warn },
    ),
    sampling: () =>
      engine.createSamplingClient(
        checkpoint === undefined ? { baseModel: model } : { modelPath: checkpoint },
      ),
    baseSampling: () => engine.createSamplingClient({ baseModel: model }),
    recipeOptions: run?.options ?? {},
  };
}

interface RunFacts {
  readonly name: string;
  /** Of the checkpoint. */
  readonly row: string;
  readonly modelName: string;
  readonly rendererName: string | undefined;
  readonly anyRenderer: boolean;
  readonly engine: string | undefined;
  readonly checkpoint: string;
  readonly options: Readonly<Record<string, unknown>>;
}

async function readRun(folder: string, at: string | undefined): Promise<RunFacts> {
  const text = await readText(join(folder, 'config.json'));
  const recipe = (parse(text, join(folder, 'config.json')) as { recipe?: { with?: Record<string, unknown> } })
    .recipe;
  const options = recipe?.with ?? {};
  const { modelName, rendererName, anyRenderer, engine } = options;
  if (typeof modelName !== 'string')
    throw unreadable(join(folder, 'config.json'), 'its recipe names no model (recipe.with.modelName)');
  const row = await findRow(folder, at);
  return {
    name: basename(folder),
    row: row.name,
    modelName,
    rendererName: typeof rendererName === 'string' ? rendererName : undefined,
    anyRenderer: anyRenderer === true,
    engine: typeof engine === 'string' ? engine : undefined,
    checkpoint: row.sampler_path!,
    options,
  };
}

async function findRow(folder: string, at: string | undefined): Promise<CheckpointRow> {
  const file = join(folder, checkpointsFile);
  const { rows } = parseCheckpointRows(await readText(file), file);
  const usable = rows.filter(row => row.sampler_path !== undefined);
  const row = usable.findLast(each => at === undefined || each.name === at);
  if (row) return row;
  throw new TinsmithError({
    code: 'CHECKPOINT_MISSING',
    message:
      at === undefined
        ? 'the run has no checkpoint to sample from'
        : `the run has no checkpoint "${at}" to sample from`,
    at: file,
    found: usable.map(({ name }) => name).join(', ') || `${rows.length} rows, none with sampler weights`,
    fix: usable.length > 0 ? `--at ${usable.at(-1)!.name}` : 'let the run reach its first checkpoint',
  });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw unreadable(file, messageOf(cause), cause);
  }
}

function parse(text: string, at: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(at, messageOf(cause), cause);
  }
}

const unreadable = (at: string, found: string, cause?: unknown) =>
  new TinsmithError({
    code: 'RUN_UNREADABLE',
    message: 'the folder is no run of tinsmith',
    at,
    found,
    fix: '--run with a folder that has config.json and checkpoints.jsonl',
    cause,
  });

const slug = (name: string): string => name.replaceAll(/[^\w.-]+/g, '-').replaceAll(/^[-.]+|-+$/g, '');
