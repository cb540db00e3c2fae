/**
 * One conversation, as many sequences as it takes: where history is rendered in another way than the turn being produced, one
 * sequence cannot show every turn the context that it would be sampled from.
 */
import { type Message, type SupervisedExample, TinsmithError, type TrainOnWhat } from '@tinsmith/core';
import type { ChatFormat } from './format.js';
import { isAssistant } from './messages.js';

export interface ExampleBuilder {
  readonly name: string;
  readonly format: ChatFormat;
  readonly build: (messages: readonly Message[], trainOnWhat: TrainOnWhat) => SupervisedExample;
}

export function buildExamples(
  messages: readonly Message[],
  trainOnWhat: TrainOnWhat,
  { name, format, build }: ExampleBuilder,
): SupervisedExample[] {
  if (format.splitExamples === 'at_user_messages') return splitAtUserMessages(messages, trainOnWhat, build);
  if (format.hasExtensionProperty) return [build(messages, trainOnWhat)];

  const first = firstCandidate(messages, trainOnWhat);
  if (first === undefined) {
    throw new TinsmithError({
      code: 'RENDERER_TARGET_UNSUPPORTED',
      message: `${name} renders history in another way than the turn being produced, so "${trainOnWhat}" cannot be split into one example per turn`,
      fix: 'last_assistant_message, last_assistant_turn or all_assistant_messages',
    });
  }
  return messages.flatMap((message, index) =>
    index >= first && isAssistant(message)
      ? [build(messages.slice(0, index + 1), 'last_assistant_message')]
      : [],
  );
}

function firstCandidate(messages: readonly Message[], trainOnWhat: TrainOnWhat): number | undefined {
  switch (trainOnWhat) {
    case 'last_assistant_message':
      return messages.length - 1;
    case 'last_assistant_turn':
      return messages.findLastIndex(({ role }) => role === 'user') + 1;
    case 'all_assistant_messages':
      return 0;
    default:
      return undefined;
  }
}

/** Kimi: an example per message of the user, each with everything before the next one. */
function splitAtUserMessages(
  messages: readonly Message[],
  trainOnWhat: TrainOnWhat,
  build: ExampleBuilder['build'],
): SupervisedExample[] {
  if (trainOnWhat === 'last_assistant_message' || trainOnWhat === 'last_assistant_turn')
    return [build(messages, trainOnWhat)];
  const mode = trainOnWhat === 'all_assistant_messages' ? 'last_assistant_turn' : trainOnWhat;
  const users = messages.flatMap(({ role }, index) => (role === 'user' ? [index] : []));
  return [...users.slice(1), messages.length].map(end => build(messages.slice(0, end), mode));
}
