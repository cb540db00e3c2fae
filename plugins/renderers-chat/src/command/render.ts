/** `tinsmith render`: conversations as the model sees them. */
import {
  amend,
  type Command,
  type CommandContext,
  type Message,
  type RowSource,
  TinsmithError,
} from '@tinsmith/core';
import { isAssistant } from '../contract/messages.js';
import { formatViews } from '../view/text.js';
import { type ConversationView, viewConversation } from '../view/view.js';
import { conversationsOf, type PlacedConversation } from './conversations.js';
import { type OpenedModel, openModel, type Registries } from './open-model.js';
import { readRequest, type RenderRequest, usage } from './request.js';

export interface RenderDeps extends Registries {
  readonly rows: RowSource | undefined;
}

export function renderCommand(deps: RenderDeps): Command {
  return {
    specification: 'v1',
    description: 'Shows conversations as the model sees them: tokens, loss weights, special tokens',
    usage,
    run: context => render(context, deps),
  };
}

const DIFFERS = 1;

async function render(
  { arguments: given, cwd, print, signal }: CommandContext,
  { rows, ...registries }: RenderDeps,
): Promise<number> {
  const request = readRequest(given);
  const colour = request.colour ?? process.stdout.hasColors?.() ?? false;
  const warnings: string[] = [];
  const opened = await openModel(request.of, registries, { cwd, onWarning: text => warnings.push(text) });
  if (request.againstTemplate) requireTemplate(opened, request.of.model);
  let differs = false;
  for await (const conversation of conversationsOf(request.from, { cwd, rows })) {
    signal.throwIfAborted();
    const views = viewsOf(conversation, opened, request);
    const found = [...new Set(warnings.splice(0))];
    differs ||= views.some(({ againstTemplate }) => againstTemplate?.agrees === false);
    if (request.json) print(JSON.stringify({ at: conversation.place, warnings: found, views }));
    else {
      const text = formatViews(views, { colour, ids: request.ids });
      print([conversation.place, text, ...found.map(warning => `warning: ${warning}\n`)].join('\n'));
    }
  }
  return differs ? DIFFERS : 0;
}

/** The prompt that the last answer follows, or that the next one would; then what is trained, if there is an answer. */
function viewsOf(
  { place, messages }: PlacedConversation,
  { tokenizer, renderer }: OpenedModel,
  { prefill, trainOnWhat, maxLength, againstTemplate }: RenderRequest,
): ConversationView[] {
  const common = { renderer, tokenizer, againstTemplate };
  try {
    const asked = isAnswer(messages.at(-1)) ? messages.slice(0, -1) : messages;
    const prompt = { ...common, messages: asked, as: 'prompt', prefill } as const;
    const examples = { ...common, messages, as: trainOnWhat, ...(maxLength !== undefined && { maxLength }) };
    const isLearnt = trainOnWhat !== 'all_assistant_messages' || messages.some(isAnswer);
    return [
      ...(asked.length > 0 ? [viewConversation(prompt)] : []),
      ...(isLearnt ? [viewConversation(examples)] : []),
    ];
  } catch (error) {
    if (!TinsmithError.is(error)) throw error;
    throw amend(error, { at: error.at === undefined ? place : `${place} ${error.at}` });
  }
}

/** Nothing is known about a message of a file before the renderer has checked it. */
const isAnswer = (message: Message | null | undefined): boolean =>
  typeof message === 'object' && message !== null && isAssistant(message);

function requireTemplate({ tokenizer }: OpenedModel, model: string): void {
  if (tokenizer.chatTemplate !== undefined) return;
  throw new TinsmithError({
    code: 'CHAT_TEMPLATE_MISSING',
    message: 'the model has no chat template to compare with',
    at: '--against-template',
    found: `the tokenizer of "${model}" without a template`,
    fix: '--tokenizer with a folder that has chat_template.jinja',
  });
}
