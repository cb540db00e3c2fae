/** The command line of `tinsmith eval`, read strictly. Knows no evaluator. */
import { readCommandArguments, TinsmithError } from '@tinsmith/core';
import type { SubjectRequest } from '@tinsmith/training';

export const usage = `  tinsmith eval EVALUATOR... [OPTION=VALUE...] (--model NAME [--checkpoint PATH] | --run FOLDER [--at NAME])

  EVALUATOR            gsm8k, math500, ifeval, nll, sample-and-grade, or one that a plugin of the config provides
  OPTION=VALUE         an option of the evaluators: maxExamples=100, or of one of them: gsm8k.maxExamples=100
                       with several answers per example, numSamples=8, the result has pass@k
  --model NAME         the base model: of a plugin, a folder, or a hub id
  --checkpoint PATH    sampler weights of it, as the engine named them
  --run FOLDER         a run of tinsmith: model, engine, chat format and weights are its own
  --at NAME            the checkpoint of the run: 000020; default: its last one with sampler weights
  --engine NAME        default: the run's, or the only one of the config
  --renderer NAME      default: the run's, or what the model recommends;  --any-renderer takes one that does not fit
  --out FOLDER         default: evaluations/MODEL or evaluations/RUN-CHECKPOINT
  --seed N             default 0
  --json               the results as a line of JSON each

Results are in FOLDER/EVALUATOR: result.json, and trajectories.jsonl with every example. An evaluation that was interrupted goes
on when it is called again; answers that failed are asked for again.`;

const flags = {
  model: 'value',
  checkpoint: 'value',
  run: 'value',
  at: 'value',
  engine: 'value',
  renderer: 'value',
  'any-renderer': 'switch',
  out: 'value',
  seed: 'value',
  json: 'switch',
} as const;

export interface EvalRequest extends SubjectRequest {
  readonly evaluators: readonly EvaluatorRequest[];
  readonly out: string | undefined;
  readonly seed: number;
  readonly json: boolean;
}

export interface EvaluatorRequest {
  readonly use: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** @throws FLAG_UNKNOWN, ARGUMENT_INVALID, ARGUMENT_MISSING */
export function readRequest(given: readonly string[]): EvalRequest {
  const { words, flags: found } = readCommandArguments(given, flags);
  const names = words.filter(word => !word.includes('='));
  if (names.length === 0) throw missing('what is to be measured?', 'tinsmith eval gsm8k --model NAME');
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw invalid('an evaluator is named twice', twice, 'name each once; --out keeps two settings apart');
  if (found.run === undefined && found.model === undefined)
    throw missing('what is to be evaluated?', '--model NAME, or --run FOLDER');
  for (const flag of ['model', 'checkpoint'] as const)
    if (found.run !== undefined && found[flag] !== undefined)
      throw invalid(
        `a run brings its own ${flag}`,
        `--${flag} ${found[flag]}`,
        `leave --${flag} or --run out`,
      );
  if (found.at !== undefined && found.run === undefined)
    throw invalid('--at names a checkpoint of a run', found.at, '--run FOLDER');
  return {
    evaluators: names.map(use => ({ use, options: optionsOf(use, names, words) })),
    model: found.model,
    checkpoint: found.checkpoint,
    run: found.run,
    at: found.at,
    engine: found.engine,
    renderer: found.renderer,
    anyRenderer: found['any-renderer'] ?? false,
    out: found.out,
    seed: readSeed(found.seed ?? '0'),
    json: found.json ?? false,
  };
}

function optionsOf(use: string, names: readonly string[], words: readonly string[]): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const word of words.filter(each => each.includes('='))) {
    const [, owner, key, value] = /^(?:([\w-]+)\.)?(\w+)=(.*)$/s.exec(word) ?? [];
    if (key === undefined) throw invalid('an option is written NAME=VALUE', word, 'maxExamples=100');
    if (owner !== undefined && !names.includes(owner))
      throw invalid(`the option is for an evaluator that is not named`, word, `${names[0]}.${key}=${value}`);
    if (owner === undefined || owner === use) options[camelCase(key)] = valueOf(value!);
  }
  return options;
}

/** As configs of the reference are written. */
const camelCase = (key: string) => key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Numbers, true, false, null and lists as JSON has them, everything else as a text. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function readSeed(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalid('--seed is a whole number', text, '--seed 0');
}

const invalid = (message: string, found: string, fix: string) =>
  new TinsmithError({ code: 'ARGUMENT_INVALID', message, found, fix });

const missing = (message: string, fix: string) =>
  new TinsmithError({ code: 'ARGUMENT_MISSING', message, fix });
