/** `tinsmith chat`: a talk with a base model or a checkpoint, in the terminal or through a pipe. */
import { createInterface } from 'node:readline';
import { type Command, type CommandContext, messageOf } from '@tinsmith/core';
import { openSubject, type SubjectRegistries } from '@tinsmith/training';
import { type Answer, ChatConversation } from './conversation.js';
import { readRequest, usage } from './request.js';

/** The part of a readable stream that is used here. */
export type ChatInput = NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined };

export function chatCommand(registries: SubjectRegistries, input: ChatInput = process.stdin): Command {
  return {
    specification: 'v1',
    description: 'Talks to a base model or to a checkpoint of a run',
    usage,
    run: context => chat(context, registries, input),
  };
}

const PROMPT = '> ';

async function chat(
  { arguments: given, cwd, print, warn, signal }: CommandContext,
  registries: SubjectRegistries,
  input: ChatInput,
): Promise<void> {
  const request = readRequest(given, cwd);
  const subject = await openSubject(request.subject, registries, { cwd, warn });
  const sampling = await subject.sampling();
  const conversation = new ChatConversation({ sampling, renderer: subject.renderer }, request.settings);
  const isTyped = input.isTTY === true;
  const lines = createInterface({
    input,
    ...(isTyped && { output: process.stderr, prompt: PROMPT }),
    signal,
  });
  if (isTyped) {
    warn(`${subject.label}, ${subject.renderer.name}. /restart, /system TEXT, /exit`);
    lines.prompt();
  }
  try {
    for await (const line of lines) {
      const goesOn = await turn(line.trim(), conversation, { print, warn, signal });
      if (!goesOn) break;
      if (isTyped) lines.prompt();
    }
  } finally {
    lines.close();
  }
}

/** False: that was the end. */
async function turn(
  said: string,
  conversation: ChatConversation,
  { print, warn, signal }: Pick<CommandContext, 'print' | 'warn' | 'signal'>,
): Promise<boolean> {
  const [, command, rest = ''] = /^\/(\w+)\s*(.*)$/s.exec(said) ?? [];
  if (command === 'exit' || command === 'quit') return false;
  if (command === 'restart') conversation.restart();
  else if (command === 'system') conversation.restart(rest);
  else if (command !== undefined) warn(`there is no /${command}; /restart, /system TEXT, /exit`);
  else if (said !== '') {
    try {
      show(await conversation.ask(said, signal), { print, warn });
    } catch (error) {
      if (signal.aborted) throw error;
      warn(`no answer: ${messageOf(error)}`); // too long, say: the talk can go on
    }
  }
  return true;
}

function show(
  { text, thinking, isCutOff }: Answer,
  { print, warn }: Pick<CommandContext, 'print' | 'warn'>,
): void {
  if (thinking !== '') warn(`(${thinking})`);
  print(text);
  if (isCutOff) warn('(cut off)');
}
