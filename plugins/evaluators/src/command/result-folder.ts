/** Results of one evaluator on the disk: every example as it is done, then all in order with what they say together. */
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type EvaluatedExample, type Evaluation, type ExampleRecorder, TinsmithError } from '@tinsmith/core';
import { type EvaluationSummary, readStoredExample, storedExample, summarise } from '@tinsmith/training';

const EXAMPLES = 'trajectories.jsonl';
const RESULT = 'result.json';
const SETTINGS = 'settings.json';

/** Results belong to their settings: what makes answers other than they would be. */
export type Settings = Readonly<Record<string, unknown>>;

export interface ResultFolder extends ExampleRecorder {
  readonly path: string;
  /** How many examples were there before, without those that had failed. */
  readonly known: number;
  /** Replaces the examples by those of the evaluation, in order, and says what they are together. */
  finish(evaluation: Evaluation, seconds: number): Promise<Result>;
}

/** result.json (cookbook-artifacts, section 8), with what it lacks there: standard error, samples, the score of what was completed. */
export interface Result {
  readonly name: string;
  /** null: the evaluator grades no answers. */
  readonly score: number | null;
  readonly score_completed: number | null;
  readonly standard_error: number | null;
  readonly num_examples: number;
  readonly num_samples: number;
  readonly num_correct: number;
  readonly num_errors: number;
  readonly num_truncated: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly time_seconds: number;
  readonly pass_at_k: Readonly<Record<string, number>>;
}

/** @throws EVALUATION_SETTINGS_DIFFER if the folder has results of other settings */
export async function openResultFolder(
  path: string,
  name: string,
  settings: Settings,
): Promise<ResultFolder> {
  const plain = asJson(settings);
  const isNew = await checkSettings(path, plain);
  // With the first result, so that an evaluation that is refused leaves nothing behind.
  let writing = Promise.resolve();
  let hasBegun = !isNew;
  const begin = async () => {
    if (hasBegun) return;
    hasBegun = true;
    await mkdir(path, { recursive: true });
    await replace(join(path, SETTINGS), plain);
  };
  const file = join(path, EXAMPLES);
  const text = await readIfThere(file);
  const stored = text.split('\n').flatMap(line => readStoredExample(line) ?? []);
  const found = new Map(
    stored.filter(({ error }) => error === null).map(example => [keyOf(example), example]),
  );
  let separator = text === '' || text.endsWith('\n') ? '' : '\n'; // after half a line that a kill has left
  let index = stored.length;
  return {
    path,
    known: found.size,
    find: (id, sample) => found.get(keyOf({ id, sample })),
    add(example) {
      const line = `${separator}${storedExample(example, { benchmark: name, index: index++ })}\n`;
      separator = '';
      writing = writing.then(begin).then(() => appendFile(file, line));
      return writing;
    },
    async finish({ examples, metrics }, seconds) {
      await (writing = writing.then(begin));
      if (examples) await replace(file, linesOf(examples, name));
      const result = resultOf(name, examples, metrics, seconds);
      await replace(join(path, RESULT), `${JSON.stringify(result, undefined, 2)}\n`);
      return result;
    },
  };
}

const keyOf = ({ id, sample }: Pick<EvaluatedExample, 'id' | 'sample'>): string => `${sample} ${id}`;

const asJson = (settings: Settings): string => `${JSON.stringify(settings, undefined, 2)}\n`;

/** True if there are none yet. */
async function checkSettings(path: string, plain: string): Promise<boolean> {
  const file = join(path, SETTINGS);
  const text = await readIfThere(file);
  if (text === '') return true;
  const [before, now] = [parse(text), parse(plain)];
  if (isDeepStrictEqual(before, now)) return false;
  throw new TinsmithError({
    code: 'EVALUATION_SETTINGS_DIFFER',
    message: 'the folder has results of other settings, which would be mixed with these',
    at: file,
    found: differences(before, now).join(', ') || 'a file that cannot be read',
    fix: '--out with another folder, or remove this one',
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function differences(before: unknown, now: unknown): string[] {
  const [old, fresh] = [before ?? {}, now] as Record<string, unknown>[];
  return [...new Set([...Object.keys(old!), ...Object.keys(fresh!)])]
    .filter(key => !isDeepStrictEqual(old![key], fresh![key]))
    .map(key => `${key}: ${JSON.stringify(old![key])}, now ${JSON.stringify(fresh![key])}`);
}

function linesOf(examples: readonly EvaluatedExample[], name: string): string {
  const places = new Map<string, number>();
  for (const { id } of examples) if (!places.has(id)) places.set(id, places.size);
  return examples
    .map(example => `${storedExample(example, { benchmark: name, index: places.get(example.id)! })}\n`)
    .join('');
}

function resultOf(
  name: string,
  examples: readonly EvaluatedExample[] | undefined,
  metrics: Evaluation['metrics'],
  seconds: number,
): Result {
  const time_seconds = Number(seconds.toFixed(3));
  if (!examples) {
    const none = { num_examples: 0, num_samples: 0, num_correct: 0, num_errors: 0, num_truncated: 0 };
    return {
      name,
      score: null,
      score_completed: null,
      standard_error: null,
      ...none,
      num_examples: metrics[`eval/${name}/num_examples`] ?? 0,
      metrics,
      time_seconds,
      pass_at_k: {},
    };
  }
  const summary: EvaluationSummary = summarise(examples);
  return {
    name,
    score: orNull(summary.score),
    score_completed: orNull(summary.scoreCompleted),
    standard_error: orNull(summary.standardError),
    num_examples: summary.numExamples,
    num_samples: summary.numSamples,
    num_correct: summary.numCorrect,
    num_errors: summary.numErrors,
    num_truncated: summary.numTruncated,
    metrics: summary.metrics,
    time_seconds,
    pass_at_k: Object.fromEntries([...summary.passAtK].map(([k, value]) => [String(k), value])),
  };
}

const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Readers see the old content or the new one. */
async function replace(file: string, content: string): Promise<void> {
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, content);
  await rename(draft, file);
}
