/** `tinsmith create_data`: the data of prompt distillation, outside of a run. The command line is read strictly. */
import { resolve } from 'node:path';
import {
  amend,
  type Command,
  type CommandContext,
  parseOptions,
  problemsOf,
  readCommandArguments,
  throwProblems,
  TinsmithError,
} from '@tinsmith/core';
import { z } from 'zod';
import { type DataRegistries, makeData } from './make-data.js';
import { createDataOptions, type CreateDataOptions } from './options.js';

const usage = `  tinsmith create_data --model NAME --prompt FILE --input FILE --output FILE

  --model NAME         the teacher: of a plugin, a folder, or a hub id
  --prompt FILE        what it is told; {text} marks the place of the text, else it is a system message before it
  --input FILE         texts: a .txt file with one per line, or rows (a file, a folder, a hub id) with the field of --input-field
  --output FILE        conversations of text and answer, as JSON lines; every answer as it was is in FILE.journal
  --answer REGEX       its first group is learnt; default: the whole answer
  --labels A,B,C       answers that are none of these are dropped
  --engine NAME        default: the only one of the config
  --checkpoint PATH    weights of the teacher, as the engine named them
  --renderer NAME      default: what the model recommends;  --any-renderer takes one that does not fit
  --max-tokens N       of an answer; default 1000
  --temperature T      default 0.15
  --concurrency N      questions side by side; default 64
  --timeout SECONDS    for one answer; default 300
  --input-field NAME   default: text
  --seed N             default 0

What has been answered is not asked for again: a call that was interrupted goes on, and texts that are added are all that is asked.
With another prompt, teacher or seed than the answers that are there, it is refused: another output, then.`;

/** Flags by option. */
const flagOf: Readonly<Record<keyof CreateDataOptions | 'output' | 'seed', string>> = {
  modelName: 'model',
  engine: 'engine',
  checkpoint: 'checkpoint',
  rendererName: 'renderer',
  anyRenderer: 'any-renderer',
  prompt: 'prompt',
  input: 'input',
  inputField: 'input-field',
  answer: 'answer',
  labels: 'labels',
  maxTokens: 'max-tokens',
  temperature: 'temperature',
  concurrency: 'concurrency',
  timeoutSeconds: 'timeout',
  output: 'output',
  seed: 'seed',
};

const flags = Object.fromEntries(
  Object.values(flagOf).map(flag => [flag, flag === 'any-renderer' ? 'switch' : 'value'] as const),
);

const nameOption = (option: string): string => `--${flagOf[option as keyof typeof flagOf] ?? option}`;

export const createDataCommand = (registries: DataRegistries): Command => ({
  specification: 'v1',
  description: 'Asks a teacher with a prompt, and writes what it answers as conversations without the prompt',
  usage,
  async run(context) {
    const { options, output, seed } = await readRequest(context);
    const { cwd, print, warn, signal } = context;
    print(
      await makeData(options, registries, {
        cwd,
        output: resolve(cwd, output),
        isOfRun: false,
        seed,
        signal,
        nameOption,
        tell: warn,
      }),
    );
  },
});

interface Request {
  readonly options: CreateDataOptions;
  readonly output: string;
  readonly seed: number;
}

/** @throws FLAG_UNKNOWN, ARGUMENT_INVALID, OPTION_MISSING, OPTION_INVALID: all that is wrong, by flag */
async function readRequest({ arguments: given }: CommandContext): Promise<Request> {
  const { words, flags: found } = readCommandArguments(given, flags);
  if (words.length > 0)
    throw new TinsmithError({
      code: 'ARGUMENT_INVALID',
      message: 'everything is said with flags',
      found: words.join(' '),
      fix: '--input FILE --output FILE',
    });
  const entries = Object.entries(flagOf).flatMap(([option, flag]) => {
    const value = found[flag];
    return value === undefined ? [] : [[option, valueOf(option, value)] as const];
  });
  const schema = createDataOptions.extend({ output: z.string(), seed: z.int().min(0).default(0) });
  try {
    const parsed = await parseOptions(schema, Object.fromEntries(entries), { at: 'create_data' });
    const { output, seed, ...options } = parsed!;
    return { options, output, seed };
  } catch (error) {
    throwProblems(problemsOf(error).map(byFlag));
    throw error;
  }
}

const LISTS: readonly string[] = ['labels'];
const NUMBERS: readonly string[] = ['maxTokens', 'temperature', 'concurrency', 'timeoutSeconds', 'seed'];

function valueOf(option: string, value: string | true): unknown {
  if (value === true) return true;
  if (LISTS.includes(option))
    return value
      .split(',')
      .map(each => each.trim())
      .filter(each => each !== '');
  return NUMBERS.includes(option) && value.trim() !== '' && !Number.isNaN(Number(value))
    ? Number(value)
    : value;
}

function byFlag(problem: TinsmithError): TinsmithError {
  const option = problem.at?.split('.').at(-1)?.replace(/\[.*/, '') ?? '';
  return amend(problem, { at: nameOption(option) });
}
