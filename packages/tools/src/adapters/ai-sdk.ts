/** Tools of the AI SDK (`ai`), used as they are. Imports nothing of it: what counts is their form. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { defineTool, TinsmithError, type Message, type Tool, type ToolContext } from '@tinsmith/core';

/** The part of the AI SDK's tools that is used; `inputSchema` is a zod schema, another Standard Schema, or `jsonSchema(...)`. */
export interface AiSdkTool {
  /** A text. One that is made for each request is not shown: nobody knows of which here. */
  readonly description?: unknown;
  readonly inputSchema?: unknown;
  readonly execute?: unknown;
  readonly toModelOutput?: unknown;
}

/**
 * A set of tools as `generateText` takes it. Results are shown to the model as the SDK shows them: text as it is, all else as
 * JSON.
 * @throws TOOL_INVALID for a tool without `execute`: nobody could carry it out.
 */
export function fromAiSdk(tools: Readonly<Record<string, AiSdkTool>>): Tool[] {
  return Object.entries(tools).map(([name, tool]) => {
    const { description, execute } = tool;
    if (typeof execute !== 'function') {
      throw new TinsmithError({
        code: 'TOOL_INVALID',
        message: `the tool "${name}" has no \`execute\``,
        fix: 'tools that a browser carries out cannot be trained with: give it an `execute`',
      });
    }
    const { schema, parameters } = schemaOf(name, tool.inputSchema);
    return defineTool({
      name,
      description: typeof description === 'string' ? description : '',
      arguments: schema,
      ...(parameters && { parameters }),
      async execute(input, context) {
        const output = await lastOf(execute(input, optionsOf(context)));
        return { content: await shown(tool, { input, output, context }) };
      },
    });
  });
}

interface Schema {
  readonly schema: StandardSchemaV1;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** `jsonSchema(...)` of the SDK has a JSON Schema and, sometimes, a function that checks. It can be lazy. */
function schemaOf(name: string, given: unknown): Schema {
  const found: unknown =
    typeof given === 'function' && !('~standard' in given) ? (given as () => unknown)() : given;
  if (isObject(found) && '~standard' in found) return { schema: found as unknown as StandardSchemaV1 };
  if (isObject(found) && isObject(found['jsonSchema'])) {
    const validate = found['validate'] as ((value: unknown) => unknown) | undefined;
    return { schema: checkedBy(validate), parameters: found['jsonSchema'] };
  }
  throw new TinsmithError({
    code: 'TOOL_INVALID',
    message: `the tool "${name}" has no schema of its input`,
    found: typeof found,
    fix: 'inputSchema: z.object({ ... }) or jsonSchema({ ... })',
  });
}

const checkedBy = (validate: ((value: unknown) => unknown) | undefined): StandardSchemaV1 => ({
  '~standard': {
    version: 1,
    vendor: 'ai-sdk',
    async validate(value) {
      const result = await validate?.(value);
      if (!isObject(result) || result['success'] !== false) return { value };
      const { error } = result;
      return { issues: [{ message: error instanceof Error ? error.message : 'refused' }] };
    },
  },
});

const optionsOf = ({ signal, callId }: ToolContext) => ({
  toolCallId: callId ?? '',
  messages: [],
  abortSignal: signal,
});

/** Tools may give preliminary results one after the other: the last one counts. */
async function lastOf(result: unknown): Promise<unknown> {
  const awaited: unknown = await result;
  if (!isObject(awaited) || !(Symbol.asyncIterator in awaited)) return awaited;
  let last: unknown;
  for await (const value of awaited as unknown as AsyncIterable<unknown>) last = value;
  return last;
}

async function shown(
  { toModelOutput }: AiSdkTool,
  { input, output, context }: { input: unknown; output: unknown; context: ToolContext },
): Promise<Message['content']> {
  if (!toModelOutput) return asText(output);
  const made = await (toModelOutput as (options: unknown) => unknown)({
    toolCallId: context.callId ?? '',
    input,
    output,
  });
  if (!isObject(made)) return asText(made);
  const { type, value } = made;
  if (type !== 'content' || !Array.isArray(value)) return asText(value);
  return value.flatMap((part: unknown) =>
    isObject(part) && typeof part['text'] === 'string' ? [{ type: 'text' as const, text: part['text'] }] : [],
  );
}

const asText = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');

const isObject = (value: unknown): value is Readonly<Record<string | symbol, unknown>> =>
  typeof value === 'object' && value !== null;
