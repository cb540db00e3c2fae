/** A message of the generated chats: plain text. */
import type { Message } from '@tinsmith/core';

export interface Turn extends Message {
  readonly content: string;
}
