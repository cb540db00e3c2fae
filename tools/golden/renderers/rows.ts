/** The files of the renderer vectors: folders are listed, every line is read. The format is in the README beside the vectors. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type {
  Message,
  MessageDelta,
  ParseFailure,
  RendererOptions,
  Termination,
  TrainOnWhat,
} from '@tinsmith/core';

export type Runs = readonly (readonly [value: number, count: number])[];
export interface Refusal {
  readonly error: { readonly class: string; readonly reason: string };
}
/** Weights of the row's tokens, or tokens of the mode's own, or a refusal. */
export type ModeResult = Runs | Refusal | { readonly tokens: readonly number[]; readonly weights: Runs };
export type Modes<Result> = Readonly<Partial<Record<TrainOnWhat, Result>>>;

/** A line of a file below `cases`. Which fields there are depends on `kind`. */
export interface RendererRow {
  readonly id: string;
  readonly kind: string;
  readonly renderer: string;
  readonly tokenizer: string;
  readonly options?: {
    readonly strip_thinking_from_history?: boolean;
    readonly system_role_as_user?: boolean;
    readonly current_date?: string;
  };
  readonly quirk?: string | readonly string[];
  readonly without_quirk?: Partial<RendererRow>;
  readonly error?: Refusal['error'];
  readonly tokens: readonly number[];

  readonly conversation: string;
  readonly upto?: number;
  readonly prefill?: string;
  readonly role?: string;
  readonly trainable?: readonly boolean[];
  readonly modes: Modes<ModeResult>;
  readonly template?: {
    readonly agrees?: boolean;
    readonly first_difference?: number;
    readonly error?: unknown;
  };

  readonly stop_sequences: readonly (number | string)[];
  readonly has_extension_property: boolean;
  readonly supports_streaming: boolean;
  readonly disables_thinking: boolean;

  readonly examples: readonly { readonly tokens: readonly number[]; readonly weights: Runs }[];
  readonly claimed: boolean;
  readonly holds: boolean;
  readonly holds_for_examples: boolean;

  readonly system_prompt: string;
  readonly prefix: readonly Message[];
  readonly then?: readonly Message[];

  readonly messages: readonly Message[];
  readonly message: Message;
  readonly termination: Termination;
  readonly failure?: ParseFailure['kind'];
  readonly deltas: readonly (readonly [string, unknown, number?])[];

  readonly call: string;
  readonly mode?: TrainOnWhat;
  readonly accepted?: boolean;
  readonly weights?: Runs;
}

/** A line of a file below `tokenizers`. */
export interface TokenizerRow {
  readonly id: string;
  readonly kind: string;
  readonly text: string;
  readonly ids: readonly number[];
  readonly ids_with_special?: readonly number[];
  readonly ids_plain?: readonly number[];
  readonly decoded?: string;
  readonly decoded_skip_special?: string;
  readonly text_skip_special?: string;
  readonly tokens: readonly string[];
  readonly pieces: readonly (string | null)[];
  readonly flush: string;
  readonly bos_id: number | null;
  readonly eos_id: number | null;
  readonly vocab_size_with_added: number;
  readonly without_quirk?: {
    readonly ids?: readonly number[];
    readonly ids_with_special?: readonly number[];
    readonly ids_plain?: readonly number[];
  };
}

export interface RowFile<Row> {
  readonly name: string;
  readonly rows: readonly Row[];
  /** The lines as they are, for what JSON.parse would lose. */
  readonly lines: readonly string[];
}

/** Every file of a folder. Throws if there is none, or if one has no line. */
export function readFolder<Row>(folder: string): RowFile<Row>[] {
  const names = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.jsonl.gz')) : [];
  if (names.length === 0) throw new Error(`there is no case in ${folder}`);
  return names.toSorted().map(name => readRows<Row>(join(folder, name)));
}

/** Texts may hold other line separators: only \n counts. */
export function readRows<Row>(file: string): RowFile<Row> {
  const lines = gunzipSync(readFileSync(file))
    .toString('utf8')
    .split('\n')
    .filter(line => line !== '');
  if (lines.length === 0) throw new Error(`${file} has no line`);
  return {
    name: basename(file, '.jsonl.gz'),
    rows: lines.map(line => JSON.parse(line) as Row),
    lines,
  };
}

export function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

export const expand = (runs: Runs): number[] =>
  runs.flatMap(([value, count]) => Array.from({ length: count }, () => value));

export const quirksOf = ({
  quirk = [],
}: {
  readonly quirk?: string | readonly string[];
}): readonly string[] => (typeof quirk === 'string' ? [quirk] : quirk);

export function optionsOf({ options = {} }: RendererRow): RendererOptions {
  return {
    stripThinkingFromHistory: options.strip_thinking_from_history,
    systemRoleAsUser: options.system_role_as_user,
    currentDate: options.current_date,
  };
}

/** The vectors' form of deltas, with neighbours of the same block joined. */
export function joinDeltas(deltas: RendererRow['deltas']): (readonly [string, unknown, number?])[] {
  const joined: (readonly [string, unknown, number?])[] = [];
  for (const delta of deltas) {
    const [type, value, index] = delta;
    const last = joined.at(-1);
    if (last && index !== undefined && last[0] === type && last[2] === index)
      joined[joined.length - 1] = [type, `${String(last[1])}${String(value)}`, index];
    else joined.push(delta);
  }
  return joined;
}

export function deltaRow(delta: MessageDelta): readonly [string, unknown, number?] {
  switch (delta.type) {
    case 'header':
      return ['header', delta.role];
    case 'text':
      return ['text', delta.text, delta.index];
    case 'thinking':
      return ['thinking', delta.thinking, delta.index];
    default:
      return ['message', delta.message];
  }
}
