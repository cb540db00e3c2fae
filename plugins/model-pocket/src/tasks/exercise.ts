/** What all tasks give: a conversation with the answer that is wanted. Knows nothing about tokens. */
import type { Message, ToolDeclaration } from '@tinsmith/core';

export interface Turn extends Message {
  readonly content: string;
}

export interface Exercise {
  /** The last one is the assistant's: what is wanted. */
  readonly messages: readonly Turn[];
  /** Declared in front, together with the text of a system message that comes first. */
  readonly tools?: readonly ToolDeclaration[];
  /** How it is rendered. Default: `qwen3_instruct`. */
  readonly renderer?: 'qwen3' | 'qwen3_disable_thinking';
  /** Earlier turns of the assistant are given, not to be said. Default: all are to be said. */
  readonly onlyLast?: boolean;
}

export const system = (content: string): Turn => ({ role: 'system', content });
export const user = (content: string): Turn => ({ role: 'user', content });
export const assistant = (content: string): Turn => ({ role: 'assistant', content });

/** One question and its answer. */
export const exchange = (asked: string, answered: string): Exercise => ({
  messages: [user(asked), assistant(answered)],
});

/** What to ask: all but the last message. */
export const promptOf = ({ messages }: Exercise): readonly Turn[] => messages.slice(0, -1);
export const answerOf = ({ messages }: Exercise): string => messages.at(-1)!.content;
