/**
 * What each kind of renderer row checks. A check returns what differs, undefined if nothing does. Where a quirk of the
 * reference is deliberately not kept, the row's `without_quirk` counts; see the README beside the vectors, section 5.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  inputTokens,
  type Message,
  parseFailure,
  type Renderer,
  TinsmithError,
  type ToolDeclaration,
  type TrainOnWhat,
} from '@tinsmith/core';
import { compareWithTemplate, createChatRenderer, parseJson } from '@tinsmith/renderers-chat/library';
import {
  deltaRow,
  type Refusal,
  expand,
  joinDeltas,
  type ModeResult,
  optionsOf,
  quirksOf,
  type RendererRow,
} from './rows.ts';
import type { LoadedTokenizer } from './tokenizers.ts';

export interface RowContext {
  readonly row: RendererRow;
  readonly line: string;
  readonly renderer: Renderer;
  readonly tokenizer: LoadedTokenizer;
  readonly conversation: readonly Message[];
}

type Difference = string | undefined;
type Check = (context: RowContext) => Difference;

export const rendererChecks: Readonly<Record<string, Check>> = {
  info({ row, renderer }) {
    return differs(
      {
        stop_sequences: renderer.stopSequences,
        has_extension_property: renderer.hasExtensionProperty,
        supports_streaming: renderer.streamResponse !== undefined,
        disables_thinking: renderer.disablesThinking,
      },
      {
        stop_sequences: row.stop_sequences,
        has_extension_property: row.has_extension_property,
        // chatml-like additions of ours may stream where the reference does not; the vectors' renderers do not differ.
        supports_streaming: row.supports_streaming,
        disables_thinking: row.disables_thinking,
      },
    );
  },

  generation_prompt({ row, renderer, conversation, tokenizer }) {
    const messages = conversation.slice(0, row.upto);
    const { role, prefill } = row;
    const options = { ...(role !== undefined && { role }), ...(prefill !== undefined && { prefill }) };
    const build = (maker: Renderer) => inputTokens(maker.buildGenerationPrompt(messages, options));
    if (row.error) return refused(() => build(renderer));
    const expected = row.without_quirk?.tokens ?? row.tokens;
    return (
      differs(build(renderer), expected) ??
      asReference(row, tokenizer, maker => differs(build(maker), row.tokens)) ??
      againstTemplate(row, tokenizer, messages, 'prompt')
    );
  },

  supervised({ row, renderer, conversation, tokenizer }) {
    const tokens = row.without_quirk?.tokens ?? row.tokens;
    const modes = { ...row.modes, ...row.without_quirk?.modes };
    return (
      firstDifference(Object.entries(modes), ([mode, expected]) =>
        named(mode, checkMode(row, mode as TrainOnWhat, expected, { renderer, conversation, tokens })),
      ) ?? againstTemplate(row, tokenizer, conversation, 'example')
    );
  },

  supervised_examples({ row, renderer, conversation, tokenizer }) {
    const modes = row.modes as unknown as Record<string, readonly number[] | Refusal>;
    return firstDifference(Object.entries(modes), ([mode, expected]) => {
      const build = (maker: Renderer) =>
        maker.buildSupervisedExamples(flagged(row, conversation, mode), mode as TrainOnWhat);
      if (!Array.isArray(expected)) {
        // Every message has its flag, so only one that the format puts in can lack it: an accident of the reference.
        const isAccident = mode === 'customized' && (expected as Refusal).error.class === 'AssertionError';
        return isAccident
          ? undefined
          : named(
              mode,
              refused(() => build(renderer)),
            );
      }
      const wanted = (expected as readonly number[]).map(index => {
        const { tokens, weights } = row.examples[index]!;
        return { tokens, weights: expand(weights) };
      });
      return named(mode, checkExamples(wanted, build, { row, renderer, tokenizer, conversation }));
    });
  },

  extension({ row, renderer, conversation }) {
    const turns = conversation.flatMap(({ role }, index) => (role === 'assistant' ? [index] : []));
    const prompts = turns.map(turn =>
      inputTokens(renderer.buildGenerationPrompt(conversation.slice(0, turn))),
    );
    const holds = prompts.every((prompt, index) => index === 0 || isPrefix(prompts[index - 1]!, prompt));
    const examples = turns.map(
      turn =>
        renderer.buildSupervisedExample(conversation.slice(0, turn + 1), 'last_assistant_message').tokens,
    );
    const holdsForExamples = examples.every(
      (example, index) => index === examples.length - 1 || isPrefix(example, prompts[index + 1]!),
    );
    return differs(
      { claimed: renderer.hasExtensionProperty, holds, holds_for_examples: holdsForExamples },
      { claimed: row.claimed, holds: row.holds, holds_for_examples: row.holds_for_examples },
    );
  },

  tools({ row, line, renderer }) {
    const declare = () => renderer.declareTools(toolsOf(line), row.system_prompt);
    if (row.error) return refused(declare);
    const prefix = declare();
    const difference = named('prefix', differs(prefix, row.prefix));
    if (difference !== undefined || !row.then) return difference;
    return differs(inputTokens(renderer.buildGenerationPrompt([...prefix, ...row.then])), row.tokens);
  },

  openai_messages: ({ row, renderer, conversation }) =>
    differs(
      conversation.map(message => renderer.toOpenAiMessage(message)),
      row.messages,
    ),

  parse({ row, renderer }) {
    const parse = () => renderer.parseResponse(row.tokens);
    if (row.error) return refused(parse);
    const parsed = parse();
    const { message, termination, failure } = { ...row, ...row.without_quirk };
    return differs(
      {
        message: comparable(parsed.message),
        termination: parsed.termination,
        failure: parseFailure(parsed)?.kind,
      },
      { message: comparable(message), termination, failure: failure ?? undefined },
    );
  },

  stream({ row, renderer }) {
    const run = () => {
      const stream = renderer.streamResponse!();
      return [...row.tokens.flatMap(token => stream.push(token)), ...stream.end()];
    };
    if (row.error) return renderer.streamResponse ? refused(run) : undefined;
    return differs(comparableDeltas(run().map(deltaRow)), comparableDeltas(row.deltas));
  },

  bad_input({ row, renderer }) {
    const build = () =>
      row.call === 'generation_prompt'
        ? { tokens: inputTokens(renderer.buildGenerationPrompt(row.messages)) }
        : renderer.buildSupervisedExample(row.messages, row.mode!);
    if (!row.accepted) return refused(build);
    if (mayRefuse(row) && refused(build) === undefined) return undefined;
    return differs(build(), { tokens: row.tokens, ...(row.weights && { weights: expand(row.weights) }) });
  },
};

type Examples = readonly { readonly tokens: readonly number[]; readonly weights: readonly number[] }[];

/** These rows have no `without_quirk`: with control tokens in their content they are compared with the option that keeps them. */
function checkExamples(
  wanted: Examples,
  build: (renderer: Renderer) => Examples,
  { row, renderer, tokenizer, conversation }: Omit<RowContext, 'line'>,
): Difference {
  const examples = build(renderer);
  if (row.renderer === 'role_colon' && conversation.at(-1)?.role !== 'assistant')
    return differs(examples, withoutOverlap(wanted, examples));
  const difference = differs(examples, wanted);
  if (difference === undefined || !holdsControlTokens(conversation, tokenizer)) return difference;
  const options = { ...optionsOf(row), controlTokensInContent: true };
  return differs(build(createChatRenderer(row.renderer, tokenizer.tokenizer, options)), wanted);
}

const holdsControlTokens = (conversation: readonly Message[], { tokenizer }: LoadedTokenizer) => {
  const text = JSON.stringify(conversation);
  return (
    differs(
      tokenizer.encode(text, { specialTokens: true }),
      tokenizer.encode(text, { addedTokens: false }),
    ) !== undefined
  );
};

/** The reference's examples without the placeholder behind the last message. */
const withoutOverlap = (wanted: Examples, examples: Examples): Examples =>
  wanted.map(({ tokens, weights }, index) => {
    const length = examples[index]?.tokens.length;
    return { tokens: tokens.slice(0, length), weights: weights.slice(0, length) };
  });

/** Rows that carry a quirk which the explicit option restores. */
function asReference(
  row: RendererRow,
  { tokenizer }: LoadedTokenizer,
  check: (renderer: Renderer) => Difference,
) {
  if (!quirksOf(row).includes('content_special_tokens')) return undefined;
  const options = { ...optionsOf(row), controlTokensInContent: true };
  return named('as the reference', check(createChatRenderer(row.renderer, tokenizer, options)));
}

/** Where the reference's own comparison with the template found the first difference, ours must, too. */
function againstTemplate(
  row: RendererRow,
  { tokenizer, chatTemplate }: LoadedTokenizer,
  messages: readonly Message[],
  as: 'prompt' | 'example',
): Difference {
  if (!row.template || row.template.error !== undefined || chatTemplate === undefined) return undefined;
  const renderer = createChatRenderer(row.renderer, tokenizer, {
    ...optionsOf(row),
    controlTokensInContent: true, // as the template has it
  });
  const compared = compareWithTemplate({ renderer, tokenizer, chatTemplate, messages, as });
  return named(
    'against the template',
    differs(
      { agrees: compared.agrees, first: compared.firstDifference },
      { agrees: row.template.agrees, first: row.template.first_difference },
    ),
  );
}

interface ModeSubject {
  readonly renderer: Renderer;
  readonly conversation: readonly Message[];
  readonly tokens: readonly number[];
}

function checkMode(
  row: RendererRow,
  mode: TrainOnWhat,
  expected: ModeResult,
  subject: ModeSubject,
): Difference {
  const build = () => subject.renderer.buildSupervisedExample(flagged(row, subject.conversation, mode), mode);
  if ('error' in expected) return refused(build);
  if (mayRefuse(row) && refused(build) === undefined) return undefined;
  const own = 'tokens' in expected;
  const wanted = {
    tokens: own ? expected.tokens : subject.tokens,
    weights: expand(own ? expected.weights : expected),
  };
  const example = build();
  const hasOverlap = quirksOf(row).includes('role_colon_unused_overlap');
  return differs(example, hasOverlap ? withoutOverlap([wanted], [example])[0] : wanted);
}

/** The flags of the row belong to the mode `customized` only. */
function flagged(row: RendererRow, conversation: readonly Message[], mode: string): readonly Message[] {
  if (mode !== 'customized') return conversation;
  return conversation.map((message, index) => ({ ...message, trainable: row.trainable![index]! }));
}

const mayRefuse = (row: RendererRow) =>
  quirksOf(row).some(quirk => quirk === 'tool_calls_dropped' || quirk === 'accepts_bad_input');

/** The row's tools with numbers as they are written. */
function toolsOf(line: string): ToolDeclaration[] {
  const tools = (parseJson(line) as ReadonlyMap<string, unknown>).get('tools');
  return (tools as ReadonlyMap<string, unknown>[]).map(
    tool => Object.fromEntries(tool) as unknown as ToolDeclaration,
  );
}

/** Undefined if the call is refused with an error of ours that says where. */
function refused(call: () => unknown): Difference {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    if (TinsmithError.is(error) && error.code.startsWith('RENDERER_')) return undefined;
    throw error;
  }
  return `must be refused, gave ${shorten(result)}`;
}

/** What an unparsed call says after the first colon is free. */
function comparable(message: Message): unknown {
  const { unparsed_tool_calls: unparsed, ...rest } = message;
  if (!unparsed) return { ...rest, ...withoutEmptyIds(rest) };
  return {
    ...rest,
    ...withoutEmptyIds(rest),
    unparsed_tool_calls: unparsed.map(call => ({ ...call, error: call.error.split(':', 1)[0] })),
  };
}

/** An id of null is none, and every call is of type function. */
function withoutEmptyIds({ tool_calls: calls }: Partial<Message>): object {
  if (!calls) return {};
  return {
    tool_calls: calls.map(({ id, function: called }) => ({
      ...(typeof id === 'string' && { id }),
      function: called,
    })),
  };
}

function comparableDeltas(deltas: RendererRow['deltas']): unknown {
  return joinDeltas(deltas).map(delta =>
    delta[0] === 'message' ? ['message', comparable(delta[1] as Message)] : delta,
  );
}

const isPrefix = (short: readonly number[], long: readonly number[]) =>
  short.length <= long.length && short.every((token, index) => token === long[index]);

function firstDifference<Item>(items: readonly Item[], check: (item: Item) => Difference): Difference {
  for (const item of items) {
    const difference = check(item);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

const named = (name: string, difference: Difference): Difference =>
  difference === undefined ? undefined : `${name}: ${difference}`;

export function differs(actual: unknown, expected: unknown): Difference {
  const [ours, theirs] = [plain(actual), plain(expected)];
  return isDeepStrictEqual(ours, theirs) ? undefined : `${shorten(ours)} is not ${shorten(theirs)}`;
}

/** Without fields that are undefined, and without classes. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value) ?? 'null');
const shorten = (value: unknown) => (JSON.stringify(value) ?? 'nothing').slice(0, 600);
