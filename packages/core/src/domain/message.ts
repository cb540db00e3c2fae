/**
 * Messages: what conversations are made of, in the form in which conversation files and chat APIs write them (hence the
 * underscores). Knows nothing about tokens or chat formats.
 */
export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}

/** What the model thinks before it answers. */
export interface ThinkingPart {
  readonly type: 'thinking';
  readonly thinking: string;
}

export type ContentPart = TextPart | ThinkingPart;

export interface ToolCall {
  readonly type?: 'function';
  readonly id?: string | null;
  readonly function: {
    readonly name: string;
    /** JSON as text: numbers stay as they were written. */
    readonly arguments: string;
  };
}

/** Something that looks like a tool call and is none. */
export interface UnparsedToolCall {
  readonly raw_text: string;
  /** The kind of fault, then a colon and details. */
  readonly error: string;
}

export interface Message {
  /** `system`, `user`, `assistant`, `tool`; some formats know more. */
  readonly role: string;
  readonly content: string | readonly ContentPart[];
  readonly tool_calls?: readonly ToolCall[];
  readonly unparsed_tool_calls?: readonly UnparsedToolCall[];
  /** Of a tool's result: the call that it answers, and the tool's name. Formats differ in which they need. */
  readonly tool_call_id?: string;
  readonly name?: string;
  /** For the mode `customized`, and only there: whether the message is trained on. */
  readonly trainable?: boolean;
}

/** JSON Schema, or any other JSON object. A `Map` keeps the order of keys that look like numbers. */
export type JsonObject = Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>;

/** A tool as it is declared to the model. Further fields are passed on by formats that have a place for them. */
export interface ToolDeclaration {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: JsonObject;
}

/** The visible text of a message: without what was thought. */
export function textOf({ content }: Pick<Message, 'content'>): string {
  if (typeof content === 'string') return content;
  return content.map(part => (part.type === 'text' ? part.text : '')).join('');
}
