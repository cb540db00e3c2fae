/**
 * Tools: what an agent can do besides talking. A tool is a name, a description, a schema of its arguments and a function.
 * Knows nothing about chat formats, episodes or limits.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { TinsmithError } from '../error.js';
import { jsonSchemaOf } from '../options/json-schema.js';
import type { JsonObject, Message, ToolDeclaration } from './message.js';
import type { Metrics } from './rollout.js';

export interface ToolContext {
  /** Aborted when nobody waits for the result any more: the time is over, or the run. */
  readonly signal: AbortSignal;
  /** What the model called the call, if its format has such ids. */
  readonly callId?: string | undefined;
}

export interface ToolResult {
  /** What the model sees. */
  readonly content: Message['content'];
  /** The episode ends with this call. Default false. */
  readonly stop?: boolean;
  readonly metrics?: Metrics;
}

export interface Tool extends ToolDeclaration {
  /** Arguments that it refuses never reach `execute`; the model is told why. */
  readonly arguments: StandardSchemaV1;
  /**
   * A text alone is a result without metrics that does not stop. What it throws is told to the model as an error.
   * Calls can overlap, of one episode and of several.
   */
  execute(given: never, context: ToolContext): string | ToolResult | Promise<string | ToolResult>;
}

export interface ToolDefinition<S extends StandardSchemaV1> {
  readonly name: string;
  /** For the model: what it does, and when to call it. */
  readonly description: string;
  /** Standard Schema (zod, valibot, ...) of an object. */
  readonly arguments: S;
  /** JSON Schema of the arguments as the model sees it. Default: derived from `arguments`. */
  readonly parameters?: JsonObject;
  execute(
    given: StandardSchemaV1.InferOutput<S>,
    context: ToolContext,
  ): string | ToolResult | Promise<string | ToolResult>;
}

/** @throws TOOL_INVALID if the name is none, or no JSON Schema can be derived. */
export function defineTool<S extends StandardSchemaV1>(definition: ToolDefinition<S>): Tool {
  const { name, arguments: schema } = definition;
  if (!/^[\w.-]{1,64}$/.test(name)) {
    throw new TinsmithError({
      code: 'TOOL_INVALID',
      message: 'a tool needs a name that models can write',
      found: JSON.stringify(name),
      fix: 'up to 64 letters, digits, _, . and -',
    });
  }
  return { ...definition, parameters: definition.parameters ?? derived(name, schema) };
}

function derived(name: string, schema: StandardSchemaV1): JsonObject {
  const { $schema: _dialect, ...json } = (jsonSchemaOf(schema) ?? {}) as Readonly<Record<string, unknown>>;
  if (json['type'] === 'object') return json;
  throw new TinsmithError({
    code: 'TOOL_INVALID',
    message: `the arguments of the tool "${name}" must be an object whose schema can be shown to the model`,
    found:
      json['type'] === undefined ? 'no JSON Schema can be derived' : `type ${JSON.stringify(json['type'])}`,
    fix: 'z.object({ ... }), or give `parameters` as JSON Schema',
  });
}
