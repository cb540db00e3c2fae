/** `tinsmith eval`: evaluators on a base model or a checkpoint, outside of a run. */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type Command,
  type CommandContext,
  type Evaluator,
  type EvaluatorSource,
  messageOf,
  parseOptions,
  type Registry,
  type SamplingClient,
  TinsmithError,
} from '@tinsmith/core';
import { type EvalRequest, type EvaluatorRequest, readRequest, usage } from './request.js';
import { openResultFolder, type Result } from './result-folder.js';
import { openSubject, type Subject, type SubjectRegistries } from '@tinsmith/training';

export interface EvalDeps extends SubjectRegistries {
  readonly evaluators: Registry<EvaluatorSource>;
}

export function evalCommand(deps: EvalDeps): Command {
  return {
    specification: 'v1',
    description:
      'Evaluates a base model or a checkpoint: GSM8K, MATH-500, instructions, conversations of your own',
    usage,
    run: context => evaluate(context, deps),
  };
}

const FAILED = 1;
/** These say how far and how fast, not what the answers are: a folder may hold results of several of them. */
const HARMLESS = ['maxExamples', 'numSamples', 'concurrency', 'timeoutSeconds', 'batchSize'];

interface Prepared {
  readonly use: string;
  readonly evaluator: Evaluator;
  readonly options: Readonly<Record<string, unknown>>;
}

async function evaluate(context: CommandContext, { evaluators, ...registries }: EvalDeps): Promise<number> {
  const { cwd, print, warn } = context;
  const request = readRequest(context.arguments);
  const prepared: Prepared[] = [];
  for (const each of request.evaluators) prepared.push(await prepare(each, evaluators));
  const subject = await openSubject(request, registries, { cwd, warn });
  const out = resolve(cwd, request.out ?? join('evaluations', subject.label));
  let snapshot: Promise<SamplingClient> | undefined;
  const sampling = () => (snapshot ??= subject.sampling());
  const results: Result[] = [];
  let failures = 0;
  for (const each of prepared) {
    try {
      results.push(await evaluateOne(each, { context, request, subject: { ...subject, sampling }, out }));
      print(request.json ? JSON.stringify(results.at(-1)) : line(results.at(-1)!));
    } catch (error) {
      context.signal.throwIfAborted();
      // Bad input ends the command; an evaluator that fails on the way leaves the others their turn.
      if (TinsmithError.is(error)) throw error;
      failures++;
      warn(`${each.evaluator.name} failed: ${messageOf(error)}`);
    }
  }
  const summary = Object.fromEntries(
    results.map(({ name, score, num_examples, num_correct, pass_at_k }) => [
      name,
      { score, num_examples, num_correct, ...(Object.keys(pass_at_k).length > 0 && { pass_at_k }) },
    ]),
  );
  if (results.length > 0) {
    await writeFile(join(out, 'summary.json'), `${JSON.stringify(summary, undefined, 2)}\n`);
    if (!request.json) print(`results in ${out}`);
  }
  return failures > 0 ? FAILED : 0;
}

async function prepare(
  { use, options: given }: EvaluatorRequest,
  registry: Registry<EvaluatorSource>,
): Promise<Prepared> {
  const source = await registry.get(use);
  const options: unknown = await parseOptions(source.options, given, {
    at: use,
    owner: `the evaluator "${use}"`,
  });
  return {
    use,
    evaluator: await source.create(options),
    options: (options ?? {}) as Readonly<Record<string, unknown>>,
  };
}

interface Surroundings {
  readonly context: CommandContext;
  readonly request: EvalRequest;
  readonly subject: Subject;
  readonly out: string;
}

async function evaluateOne(
  { use, evaluator, options }: Prepared,
  { context: { warn, signal }, request: { seed }, subject, out }: Surroundings,
): Promise<Result> {
  const { model, checkpoint, renderer, tokenizer, sampling } = subject;
  const decisive = Object.fromEntries(Object.entries(options).filter(([key]) => !HARMLESS.includes(key)));
  const settings = { evaluator: use, model, checkpoint: checkpoint ?? null, renderer: renderer.name, seed };
  const folder = await openResultFolder(join(out, evaluator.name), evaluator.name, {
    ...settings,
    options: decisive,
  });
  if (folder.known > 0) warn(`${evaluator.name}: ${folder.known} answers are there already`);
  const progress = progressOf(evaluator.name, warn);
  const begin = performance.now();
  const evaluation = await evaluator.evaluate({
    sampling,
    renderer,
    tokenizer,
    seed,
    signal,
    examples: {
      find: folder.find,
      async add(example) {
        await folder.add(example);
        progress();
      },
    },
  });
  return folder.finish(evaluation, (performance.now() - begin) / 1000);
}

/** Milliseconds. */
const BETWEEN_LINES = 5000;

function progressOf(name: string, warn: (line: string) => void): () => void {
  let count = 0;
  let shownAt = performance.now();
  return () => {
    count++;
    if (performance.now() - shownAt < BETWEEN_LINES) return;
    shownAt = performance.now();
    warn(`${name}: ${count} answers`);
  };
}

/** One result for people. */
function line(result: Result): string {
  const { name, score, standard_error: error, metrics } = result;
  if (score === null) {
    const shown = Object.entries(metrics).map(([key, value]) => `${key.split('/').at(-1)} ${number(value)}`);
    return `${name}  ${shown.join('  ')}`;
  }
  const parts = [
    `score ${number(score)}${error === null ? '' : ` ± ${number(error)}`}`,
    `${result.num_correct} of ${result.num_samples} right`,
    `${result.num_truncated} cut`,
    `${result.num_errors} failed`,
  ];
  if (result.score_completed !== null && result.num_truncated + result.num_errors > 0)
    parts.push(`${number(result.score_completed)} of those that ended`);
  for (const [k, value] of Object.entries(result.pass_at_k)) parts.push(`pass@${k} ${number(value)}`);
  return `${name}  ${parts.join('  ')}`;
}

const number = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(4));
