/** `RUN|MODEL` on a command line, with the flags that go with it, read strictly. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TinsmithError } from '@tinsmith/core';
import type { SubjectRequest } from './subject.js';

/** For `readCommandArguments`. */
export const subjectFlags = {
  at: 'value',
  checkpoint: 'value',
  engine: 'value',
  renderer: 'value',
  'any-renderer': 'switch',
} as const;

/** Lines for the usage of a command with these flags. */
export const subjectUsage = `  RUN                  a run folder: model, engine, chat format and weights are its own
  MODEL                a base model: of a plugin, a folder, or a hub id
  --at NAME            the checkpoint of the run: 000020; default: its last one with sampler weights
  --checkpoint PATH    sampler weights of MODEL, as the engine named them
  --engine NAME        default: the run's, or the only one of the config
  --renderer NAME      default: the run's, or what the model recommends;  --any-renderer takes one that does not fit`;

export interface SubjectFlags {
  readonly at?: string | undefined;
  readonly checkpoint?: string | undefined;
  readonly engine?: string | undefined;
  readonly renderer?: string | undefined;
  readonly 'any-renderer'?: boolean | undefined;
}

export interface SubjectPlace {
  readonly cwd: string;
  /** Without any word: `whom to talk to?` */
  readonly question: string;
  /** `chat`: for what to try. */
  readonly command: string;
}

/** @throws ARGUMENT_INVALID, ARGUMENT_MISSING */
export function readSubject(
  words: readonly string[],
  flags: SubjectFlags,
  { cwd, question, command }: SubjectPlace,
): SubjectRequest {
  const [subject, ...more] = words;
  if (subject === undefined)
    throw refused(
      'ARGUMENT_MISSING',
      question,
      undefined,
      `tinsmith ${command} RUN, or tinsmith ${command} MODEL`,
    );
  if (more.length > 0)
    throw refused('ARGUMENT_INVALID', 'one model at a time', words.join(' '), 'a text with spaces in quotes');
  // Every run has one; a folder with a model in it has config.json alone.
  const isRun = existsSync(join(resolve(cwd, subject), 'checkpoints.jsonl'));
  if (isRun && flags.checkpoint !== undefined)
    throw refused('ARGUMENT_INVALID', 'a run brings its own checkpoints', flags.checkpoint, '--at NAME');
  if (!isRun && flags.at !== undefined)
    throw refused('ARGUMENT_INVALID', '--at names a checkpoint of a run', flags.at, '--checkpoint PATH');
  return {
    run: isRun ? subject : undefined,
    model: isRun ? undefined : subject,
    at: flags.at,
    checkpoint: flags.checkpoint,
    engine: flags.engine,
    renderer: flags.renderer,
    anyRenderer: flags['any-renderer'] ?? false,
  };
}

const refused = (code: string, message: string, found: string | undefined, fix: string) =>
  new TinsmithError({ code, message, found, fix });
