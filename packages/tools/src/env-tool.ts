/**
 * Tools as an environment calls them: whatever a tool does, the model gets an answer and the episode goes on. Knows nothing
 * about episodes.
 */
import {
  messageOf,
  type Message,
  type Metrics,
  type Tool,
  type ToolCall,
  type ToolResult,
} from '@tinsmith/core';
import type { EnvTool, ToolOutput } from '@tinsmith/training';

export interface ToolLimits {
  /** Of one call; then its signal is aborted, and the model is told that it took too long. Default 60. */
  readonly timeoutSeconds?: number | undefined;
  /** What is longer is cut off, and the model is told so. Default 32768. */
  readonly maxResultCharacters?: number | undefined;
}

export interface EnvToolOptions extends ToolLimits {
  /** Of the group of episodes. */
  readonly signal: AbortSignal;
}

/**
 * Metrics, 1 where it happened in a turn: `tool_invalid_arguments`, `tool_error`, `tool_timeout`, `tool_truncated`; besides
 * those of the tool.
 */
export function toEnvTool(
  tool: Tool,
  { signal, timeoutSeconds = 60, maxResultCharacters = 32_768 }: EnvToolOptions,
): EnvTool {
  return {
    name: tool.name,
    async run(input, call) {
      const checked = await tool.arguments['~standard'].validate(input);
      if (checked.issues)
        return failure(`Invalid arguments: ${issuesText(checked.issues)}`, { tool_invalid_arguments: 1 });
      try {
        const result = await limited(tool, checked.value, { call, signal, timeoutSeconds });
        if (result === TOO_LATE)
          return failure(`The tool did not answer within ${timeoutSeconds} seconds`, { tool_timeout: 1 });
        return cut(result, maxResultCharacters);
      } catch (error) {
        signal.throwIfAborted();
        return cut(failure(messageOf(error), { tool_error: 1 }), maxResultCharacters);
      }
    },
  };
}

const TOO_LATE = Symbol('too late');

/** A tool that goes on after its time is left behind, with its signal aborted. */
async function limited(
  tool: Tool,
  given: unknown,
  { call, signal, timeoutSeconds }: { call: ToolCall; signal: AbortSignal; timeoutSeconds: number },
): Promise<string | ToolResult | typeof TOO_LATE> {
  signal.throwIfAborted();
  const limit = new AbortController();
  const late = Promise.withResolvers<typeof TOO_LATE>();
  const timer = setTimeout(() => {
    limit.abort(new Error('the time for this call is over'));
    late.resolve(TOO_LATE);
  }, timeoutSeconds * 1000);
  const abandon = () => late.reject(signal.reason);
  signal.addEventListener('abort', abandon, { once: true });
  try {
    const context = { signal: AbortSignal.any([signal, limit.signal]), callId: call.id ?? undefined };
    const work = (async () => tool.execute(given as never, context))();
    work.catch(() => {}); // heard by the race, or too late to matter
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abandon);
  }
}

/** Only text is cut: other parts are counted by nobody here. */
function cut(result: string | ToolResult, maxCharacters: number): ToolOutput {
  const output = typeof result === 'string' ? { content: result } : result;
  const content: unknown = output.content;
  if (typeof content !== 'string' && !Array.isArray(content)) {
    return failure('The tool gave no text', { tool_error: 1 });
  }
  let room = maxCharacters;
  const take = (text: string) => {
    const taken = text.slice(0, room);
    room -= taken.length;
    return taken;
  };
  const whole = output.content;
  const length =
    typeof whole === 'string' ? whole.length : whole.reduce((sum, part) => sum + partText(part).length, 0);
  if (length <= maxCharacters) return output;
  const note = `\n[cut off after ${maxCharacters} of ${length} characters]`;
  const kept: Message['content'] =
    typeof whole === 'string'
      ? take(whole) + note
      : [
          ...whole.map(part => (part.type === 'text' ? { ...part, text: take(part.text) } : part)),
          { type: 'text', text: note },
        ];
  return { ...output, content: kept, metrics: { ...output.metrics, tool_truncated: 1 } };
}

const partText = (part: Exclude<Message['content'], string>[number]) =>
  part.type === 'text' ? part.text : '';

type Issues = readonly {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}[];

const issuesText = (issues: Issues): string =>
  issues
    .map(({ message, path = [] }) => {
      const place = path.map(part => String(typeof part === 'object' ? part.key : part)).join('.');
      return place === '' ? message : `${place}: ${message}`;
    })
    .join('; ');

/** In the form of the environment's own errors. */
const failure = (error: string, metrics: Metrics): ToolOutput => ({
  content: `{"error": ${JSON.stringify(error)}}`,
  metrics,
});
