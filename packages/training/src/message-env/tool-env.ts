/**
 * An agent with tools: the policy calls tools until it answers without one, a tool asks to stop, or a limit is reached; only
 * then is it graded, once (cookbook-algorithms, section 5). Knows nothing about what tools do.
 */
import type { Message, Metrics, ToolCall } from '@tinsmith/core';
import type { MessageEnv, MessageStep, ParseErrorPolicy } from './message-env.js';

export interface ToolOutput {
  readonly content: Message['content'];
  /** Ends the episode. */
  readonly stop?: boolean;
  /** Counts: those of all calls of a turn are added up. */
  readonly metrics?: Metrics;
}

/** A tool as the environment calls it. It should not throw: what it has to say about a failure is for the model to read. */
export interface EnvTool {
  readonly name: string;
  run(input: Readonly<Record<string, unknown>>, call: ToolCall): ToolOutput | Promise<ToolOutput>;
}

export interface Grade {
  readonly reward: number;
  readonly metrics?: Metrics;
  readonly logs?: Readonly<Record<string, string | number>>;
}

export interface ToolEnvOptions {
  readonly initialMessages: readonly Message[];
  readonly tools: readonly EnvTool[];
  /** Gets the conversation, or what was added to the initial messages: `gradesWholeConversation`. */
  readonly grade: (messages: readonly Message[]) => Grade | Promise<Grade>;
  /** Default true. */
  readonly gradesWholeConversation?: boolean | undefined;
  /** Default 5. */
  readonly maxTurns?: number | undefined;
  /** Of an episode. The calls that are still allowed are carried out, then it ends. Default: any number. */
  readonly maxToolCalls?: number | undefined;
  /** Default false: the calls of a turn run one after the other. */
  readonly runsInParallel?: boolean | undefined;
  /** What a turn earns whose calls can none of them be read. Default -0.1. */
  readonly failedParseReward?: number | undefined;
  /** Default true. */
  readonly terminateOnParseError?: boolean | undefined;
  /** Goes before those two. */
  readonly parseErrors?: ParseErrorPolicy | undefined;
}

const RETRY_MESSAGE = 'The previous message had a formatting issue.\nError: {details}';

/** Stop reasons: completed, tool_stopped, max_tool_calls, max_turns, parse_error. */
export function toolEnv(options: ToolEnvOptions): MessageEnv {
  const { initialMessages, maxTurns = 5, maxToolCalls = Infinity, parseErrors } = options;
  const history: Message[] = [...initialMessages];
  const tools = new Map(options.tools.map(tool => [tool.name, tool]));
  let turns = 0;
  let calls = 0;
  let errorsInARow = 0;

  const finish = async (stopReason: string, metrics: Metrics): Promise<MessageStep> => {
    const { gradesWholeConversation = true } = options;
    const { metrics: own, ...grade } = await options.grade(
      gradesWholeConversation ? history : history.slice(initialMessages.length),
    );
    return { ...grade, episodeDone: true, stopReason, metrics: { ...metrics, ...own } };
  };

  const unreadable = (details: string): MessageStep => {
    errorsInARow++;
    const isLast = turns >= maxTurns;
    const isMasked = parseErrors?.maskErrorTurns === true;
    const metrics = {
      parse_error: 1,
      ...(isMasked && { parse_error_masked: 1 }),
      ...(isLast && { max_turns: 1 }),
    };
    const goesOn = parseErrors
      ? errorsInARow <= (parseErrors.maxConsecutive ?? 0)
      : options.terminateOnParseError === false;
    if (!goesOn || isLast) {
      const reward = parseErrors ? (parseErrors.terminalReward ?? 0) : (options.failedParseReward ?? -0.1);
      return { reward, episodeDone: true, stopReason: 'parse_error', metrics };
    }
    if (!parseErrors) {
      const { failedParseReward: reward = -0.1 } = options;
      return { reward, episodeDone: false, next: [...history], metrics };
    }
    const template = parseErrors.retryMessageTemplate ?? RETRY_MESSAGE;
    history.push({ role: 'user', content: template.replace('{details}', () => details) });
    return { reward: -(parseErrors.penaltyPerError ?? 0), episodeDone: false, next: [...history], metrics };
  };

  const runAll = async (wanted: readonly ToolCall[]): Promise<ToolOutput[]> => {
    if (options.runsInParallel) return Promise.all(wanted.map(call => runTool(tools, call)));
    const outputs: ToolOutput[] = [];
    for (const call of wanted) outputs.push(await runTool(tools, call));
    return outputs;
  };

  return {
    initialMessages: () => [...history],

    keep(message) {
      history.push(message);
      return [...history];
    },

    async step(message) {
      turns++;
      const { tool_calls: wanted = [], unparsed_tool_calls: unparsed = [] } = message;
      history.push(message);
      if (wanted.length === 0 && unparsed.length > 0)
        return unreadable(unparsed.map(({ error }) => error).join('\n'));
      errorsInARow = 0;
      const parseError: Metrics = unparsed.length > 0 ? { parse_error: 1 } : {};
      if (wanted.length === 0) return finish('completed', parseError);

      const allowed = wanted.slice(0, Math.max(0, maxToolCalls - calls));
      calls += allowed.length;
      const outputs = await runAll(allowed);
      for (const [index, { content }] of outputs.entries())
        history.push(toolMessage(allowed[index]!, content));
      const isCut = allowed.length < wanted.length;
      const isStopped = outputs.some(({ stop }) => stop);
      const isLast = turns >= maxTurns;
      const metrics: Metrics = {
        ...addedUp(outputs),
        ...parseError,
        ...(isLast && { max_turns: 1 }),
        ...(isStopped && { tool_stopped: 1 }),
        ...(isCut && { max_tool_calls: 1 }),
      };
      if (isStopped) return finish('tool_stopped', metrics);
      if (isCut) return finish('max_tool_calls', metrics);
      if (isLast) return finish('max_turns', metrics);
      return { reward: 0, episodeDone: false, next: [...history], metrics };
    },
  };
}

function addedUp(outputs: readonly ToolOutput[]): Metrics {
  const sums: Record<string, number> = {};
  for (const [name, value] of outputs.flatMap(({ metrics = {} }) => Object.entries(metrics)))
    sums[name] = (sums[name] ?? 0) + value;
  return sums;
}

async function runTool(tools: ReadonlyMap<string, EnvTool>, call: ToolCall): Promise<ToolOutput> {
  const tool = tools.get(call.function.name);
  if (!tool) return failure(`Tool '${call.function.name}' not found`);
  let input: unknown;
  try {
    input = JSON.parse(call.function.arguments);
  } catch (error) {
    return failure(`Failed to parse tool arguments: ${(error as Error).message}`);
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return failure('Failed to parse tool arguments: they are no JSON object');
  return tool.run(input as Readonly<Record<string, unknown>>, call);
}

const failure = (error: string): ToolOutput => ({ content: pythonJson(error) });
/** As Python's json.dumps writes it, with a space after the colon: the text that models of the reference saw. */
const pythonJson = (error: string) => `{"error": ${JSON.stringify(error)}}`;

function toolMessage({ id, function: { name } }: ToolCall, content: Message['content']): Message {
  return { role: 'tool', content, name, ...(id != null && { tool_call_id: id }) };
}
