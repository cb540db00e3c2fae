/** The command line of `tinsmith chat`, read strictly. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readCommandArguments, TinsmithError } from '@tinsmith/core';
import type { SubjectRequest } from '../command/subject.js';
import type { ChatSettings } from './conversation.js';

export const usage = `  tinsmith chat RUN|MODEL [--system TEXT]

  RUN                  a run folder: model, engine, chat format and weights are its own
  MODEL                a base model: of a plugin, a folder, or a hub id
  --at NAME            the checkpoint of the run: 000020; default: its last one with sampler weights
  --checkpoint PATH    sampler weights of MODEL, as the engine named them
  --system TEXT        what the model is told first
  --max-tokens N       of an answer; default 256
  --temperature T      default 0.7; 0 always takes the likeliest token
  --seed N             default 0: the same words give the same conversation
  --engine NAME        default: the run's, or the only one of the config
  --renderer NAME      default: the run's, or what the model recommends;  --any-renderer takes one that does not fit

A line is a turn. /restart forgets what was said, /system TEXT restarts with another system message, /exit (or the end of the
input) ends. With input from a pipe only the answers are printed.`;

const flags = {
  at: 'value',
  checkpoint: 'value',
  system: 'value',
  'max-tokens': 'value',
  temperature: 'value',
  seed: 'value',
  engine: 'value',
  renderer: 'value',
  'any-renderer': 'switch',
} as const;

export interface ChatRequest {
  readonly subject: SubjectRequest;
  readonly settings: ChatSettings;
}

/** @throws FLAG_UNKNOWN, ARGUMENT_INVALID, ARGUMENT_MISSING */
export function readRequest(given: readonly string[], cwd: string): ChatRequest {
  const { words, flags: found } = readCommandArguments(given, flags);
  const [partner, ...more] = words;
  if (partner === undefined)
    throw refused(
      'ARGUMENT_MISSING',
      'whom to talk to?',
      undefined,
      'tinsmith chat RUN, or tinsmith chat MODEL',
    );
  if (more.length > 0)
    throw refused('ARGUMENT_INVALID', 'one model at a time', words.join(' '), 'a text with spaces in quotes');
  // Every run has one; a folder with a model in it has config.json alone.
  const isRun = existsSync(join(resolve(cwd, partner), 'checkpoints.jsonl'));
  if (isRun && found.checkpoint !== undefined)
    throw refused('ARGUMENT_INVALID', 'a run brings its own checkpoints', found.checkpoint, '--at NAME');
  if (!isRun && found.at !== undefined)
    throw refused('ARGUMENT_INVALID', '--at names a checkpoint of a run', found.at, '--checkpoint PATH');
  return {
    subject: {
      run: isRun ? partner : undefined,
      model: isRun ? undefined : partner,
      at: found.at,
      checkpoint: found.checkpoint,
      engine: found.engine,
      renderer: found.renderer,
      anyRenderer: found['any-renderer'] ?? false,
    },
    settings: {
      system: found.system,
      maxTokens: number(
        'max-tokens',
        found['max-tokens'] ?? '256',
        value => Number.isSafeInteger(value) && value > 0,
      ),
      temperature: number('temperature', found.temperature ?? '0.7', value => value >= 0),
      seed: number('seed', found.seed ?? '0', value => Number.isSafeInteger(value) && value >= 0),
    },
  };
}

function number(flag: string, text: string, isRight: (value: number) => boolean): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && isRight(value)) return value;
  throw refused(
    'ARGUMENT_INVALID',
    `--${flag} cannot be this`,
    text,
    `--${flag} N, see tinsmith chat --help`,
  );
}

const refused = (code: string, message: string, found: string | undefined, fix: string) =>
  new TinsmithError({ code, message, found, fix });
