/** Which messages a mode trains. */
import { type Message, TinsmithError, type TrainOnWhat } from '@tinsmith/core';
import type { MessageContext } from './format.js';
import { isAssistant } from './messages.js';

export const trainOnWhatModes: readonly TrainOnWhat[] = [
  'last_assistant_message',
  'last_assistant_turn',
  'all_assistant_messages',
  'all_messages',
  'all_tokens',
  'all_user_and_system_messages',
  'customized',
];

/** Whether what the message says is a target. Messages that a format puts in have no flag and are none. */
export function isTrained(
  message: Message,
  { isLast, inLastTurn }: Pick<MessageContext, 'isLast' | 'inLastTurn'>,
  trainOnWhat: TrainOnWhat,
  name: string,
): boolean {
  switch (trainOnWhat) {
    case 'last_assistant_message':
      return isLast && isAssistant(message);
    case 'last_assistant_turn':
      return inLastTurn && isAssistant(message);
    case 'all_assistant_messages':
      return isAssistant(message);
    case 'all_messages':
    case 'all_tokens':
      return true;
    case 'all_user_and_system_messages':
      return message.role === 'user' || message.role === 'system';
    case 'customized':
      return message.trainable ?? false;
    default:
      throw new TinsmithError({
        code: 'RENDERER_TARGET_UNKNOWN',
        message: `${name} cannot train on "${String(trainOnWhat)}"`,
        fix: trainOnWhatModes.join(', '),
      });
  }
}
