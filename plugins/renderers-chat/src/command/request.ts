/** The arguments of `tinsmith render`, checked. Opens nothing. */
import { nearest, readCommandArguments, TinsmithError, type TrainOnWhat } from '@tinsmith/core';
import { trainOnWhatModes } from '../contract/train-on-what.js';

export const usage = `  tinsmith render SOURCE --model NAME [--rows 0-4]
  tinsmith render --messages FILE --model NAME

What to show
  SOURCE                 a file, a folder or a hub id; each row has messages (needs a plugin that reads data)
  --subset, --split, --revision NAME
                         which part of a data set
  --rows FROM[-TO]       counted from 0 (default 0)
  --user COLUMN, --assistant COLUMN
                         columns in place of messages: one question, one answer
  --messages FILE        instead of SOURCE: one conversation, a JSON list of messages
  --prefill TEXT         the start of the answer, in the prompt

For which model
  --model NAME           a model of a plugin, a folder, or a hub id; only its tokenizer is read
  --tokenizer NAME       take the tokenizer of this folder or hub id instead
  --renderer NAME        default: what the model recommends
  --any-renderer         also one that the model was not trained with

How
  --train-on-what MODE   last_assistant_message, last_assistant_turn, all_assistant_messages (default), all_messages,
                         all_tokens, all_user_and_system_messages, customized
  --max-length TOKENS    what is behind it is marked as cut
  --against-template     compare with the model's own template; exit code 1 if one differs
  --ids                  a line for each token, with its id and weight
  --json                 a line of JSON for each conversation
  --color, --no-color    default: as the terminal can`;

const flags = {
  subset: 'value',
  split: 'value',
  revision: 'value',
  rows: 'value',
  user: 'value',
  assistant: 'value',
  messages: 'value',
  prefill: 'value',
  model: 'value',
  tokenizer: 'value',
  renderer: 'value',
  'any-renderer': 'switch',
  'train-on-what': 'value',
  'max-length': 'value',
  'against-template': 'switch',
  ids: 'switch',
  json: 'switch',
  color: 'switch',
  'no-color': 'switch',
} as const;

export interface DataRequest {
  readonly source: string;
  readonly subset: string | undefined;
  readonly split: string | undefined;
  readonly revision: string | undefined;
  readonly first: number;
  readonly count: number;
  /** Columns to make a conversation of. */
  readonly columns: { readonly user: string; readonly assistant: string | undefined } | undefined;
}

export interface ModelRequest {
  readonly model: string;
  readonly tokenizer: string | undefined;
  readonly renderer: string | undefined;
  readonly anyRenderer: boolean;
}

export interface RenderRequest {
  readonly from: { readonly messagesFile: string } | DataRequest;
  readonly of: ModelRequest;
  readonly prefill: string;
  readonly trainOnWhat: TrainOnWhat;
  readonly maxLength: number | undefined;
  readonly againstTemplate: boolean;
  readonly ids: boolean;
  readonly json: boolean;
  /** Undefined: as the terminal can. */
  readonly colour: boolean | undefined;
}

/** @throws FLAG_UNKNOWN, ARGUMENT_INVALID, ARGUMENT_MISSING */
export function readRequest(given: readonly string[]): RenderRequest {
  const { words, flags: found } = readCommandArguments(given, flags);
  if (words.length > 1)
    throw invalid('there is one SOURCE', words.join(' '), 'put quotes around a path with spaces');
  if (found.model === undefined)
    throw missing('which model is it for?', '--model NAME: of a plugin, a folder or a hub id');
  return {
    from: readFrom(words[0], found),
    of: {
      model: found.model,
      tokenizer: found.tokenizer,
      renderer: found.renderer,
      anyRenderer: found['any-renderer'] ?? false,
    },
    prefill: found.prefill ?? '',
    trainOnWhat: readMode(found['train-on-what'] ?? 'all_assistant_messages'),
    maxLength: found['max-length'] === undefined ? undefined : readLength(found['max-length']),
    againstTemplate: found['against-template'] ?? false,
    ids: found.ids ?? false,
    json: found.json ?? false,
    colour: found['no-color'] ? false : found.color,
  };
}

type Found = ReturnType<typeof readCommandArguments<typeof flags>>['flags'];

const ofData = ['subset', 'split', 'revision', 'rows', 'user', 'assistant'] as const;

function readFrom(source: string | undefined, found: Found): RenderRequest['from'] {
  if (found.messages !== undefined) {
    const other = source === undefined ? ofData.find(flag => found[flag] !== undefined) : 'SOURCE';
    if (other === undefined) return { messagesFile: found.messages };
    const shown = other === 'SOURCE' ? source! : `--${other}`;
    throw invalid(
      '--messages is one conversation: nothing else says what to show',
      shown,
      `leave ${shown} out`,
    );
  }
  if (source === undefined)
    throw missing('what is to be shown?', 'SOURCE: a file, a folder or a hub id; or --messages FILE');
  if (found.assistant !== undefined && found.user === undefined)
    throw missing('--assistant needs the column of the question', '--user COLUMN');
  return {
    source,
    subset: found.subset,
    split: found.split,
    revision: found.revision,
    ...readRows(found.rows ?? '0'),
    columns: found.user === undefined ? undefined : { user: found.user, assistant: found.assistant },
  };
}

function readRows(text: string): { first: number; count: number } {
  const [, from, to = from] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (first <= last) return { first, count: last - first + 1 };
  throw invalid('--rows names one row or a range of rows, counted from 0', text, '--rows 7, or --rows 0-4');
}

function readLength(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw invalid('--max-length is a number of tokens', text, '--max-length 1024');
}

function readMode(text: string): TrainOnWhat {
  const mode = trainOnWhatModes.find(known => known === text);
  if (mode) return mode;
  throw invalid(
    '--train-on-what names what is learnt',
    text,
    nearest(text, trainOnWhatModes) ?? `one of ${trainOnWhatModes.join(', ')}`,
  );
}

const invalid = (message: string, found: string, fix: string) =>
  new TinsmithError({ code: 'ARGUMENT_INVALID', message, found, fix });

const missing = (message: string, fix: string) =>
  new TinsmithError({ code: 'ARGUMENT_MISSING', message, fix });
