/** The command line of `tinsmith chat`, read strictly. */
import { readCommandArguments, TinsmithError } from '@tinsmith/core';
import { readSubject, subjectFlags, type SubjectRequest, subjectUsage } from '@tinsmith/training';
import type { ChatSettings } from './conversation.js';

export const usage = `  tinsmith chat RUN|MODEL [--system TEXT]

${subjectUsage}
  --system TEXT        what the model is told first
  --max-tokens N       of an answer; default 256
  --temperature T      default 0.7; 0 always takes the likeliest token
  --seed N             default 0: the same words give the same conversation

A line is a turn. /restart forgets what was said, /system TEXT restarts with another system message, /exit (or the end of the
input) ends. With input from a pipe only the answers are printed.`;

const flags = {
  ...subjectFlags,
  system: 'value',
  'max-tokens': 'value',
  temperature: 'value',
  seed: 'value',
} as const;

export interface ChatRequest {
  readonly subject: SubjectRequest;
  readonly settings: ChatSettings;
}

/** @throws FLAG_UNKNOWN, ARGUMENT_INVALID, ARGUMENT_MISSING */
export function readRequest(given: readonly string[], cwd: string): ChatRequest {
  const { words, flags: found } = readCommandArguments(given, flags);
  return {
    subject: readSubject(words, found, { cwd, question: 'whom to talk to?', command: 'chat' }),
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
