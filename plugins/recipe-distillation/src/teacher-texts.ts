/** Texts of a teacher from a data set: conversations whose answers it wrote. Empty answers are left out, and counted. */
import {
  type Conversation,
  type Message,
  originOf,
  type Row,
  type Rows,
  type RowSource,
  textOf,
  TinsmithError,
  withOrigin,
} from '@tinsmith/core';
import { conversationData, type ConversationDataOptions, type SupervisedDataset } from '@tinsmith/training';
import { epochBatches, type EpochOptions } from './epochs.js';

/** The data sets that the reference knows by name. */
const OPEN_THOUGHTS = 'open-thoughts/OpenThoughts3-1.2M';

export interface TextSource {
  readonly dataset: string;
  readonly datasetConfig?: string | undefined;
  readonly trainSplit: string;
}

/**
 * @param onEmpty told how many answers were empty, once all rows have been read
 * @throws TEACHER_ANSWERS_EMPTY if no row is left; DATA_TOO_FEW_ROWS if they do not fill a batch
 */
export async function teacherTexts(
  rows: RowSource,
  { dataset, datasetConfig: config, trainSplit: split }: TextSource,
  {
    onEmpty,
    ...options
  }: ConversationDataOptions & EpochOptions & { readonly onEmpty: (count: number) => void },
): Promise<SupervisedDataset> {
  const isKnown = dataset === 'openthoughts3';
  const request = { source: isKnown ? OPEN_THOUGHTS : dataset, config, split };
  const all = isKnown ? (await rows.open(request)).map(fromShareGpt) : await rows.conversations(request);
  const empty = new Set<string>(); // rows are read more than once
  const whole: Rows<Conversation> = all.filter(row => {
    if (!isEmpty(row)) return true;
    empty.add(originOf(row) ?? JSON.stringify(row.messages));
    return false;
  });
  const batches = await epochBatches(whole, options).catch((error: unknown) => {
    const isShort = TinsmithError.is(error) && ['DATA_EMPTY', 'DATA_TOO_FEW_ROWS'].includes(error.code);
    if (empty.size === 0 || !isShort) throw error;
    throw answersEmpty(`${empty.size} empty answers, the first: ${[...empty][0]}`, {
      at: dataset,
      fix: 'look at how the answers were made; the text of a teacher stands in `content`',
    });
  });
  if (empty.size > 0) onEmpty(empty.size);
  return {
    length: batches.length,
    getBatch: async (epoch, index) =>
      (await batches.at(epoch, index)).flatMap(row => conversationData(row, options)),
  };
}

export const answersEmpty = (found: string, where: { readonly at: string; readonly fix: string }) =>
  new TinsmithError({
    code: 'TEACHER_ANSWERS_EMPTY',
    message: 'the teacher said nothing, so that there is nothing to learn from it',
    found,
    ...where,
  });

/** Nothing but an end: a student would learn to say nothing. */
function isEmpty({ messages }: Conversation): boolean {
  const said = messages.filter(({ role }) => role === 'assistant');
  return said.length > 0 && said.every(message => saysNothing(message));
}

export const saysNothing = (message: Message): boolean =>
  textOf(message).trim() === '' &&
  (message.tool_calls ?? []).length === 0 &&
  (typeof message.content === 'string' || message.content.every(part => part.type === 'text'));

/** `{from, value}` of ShareGPT, as the rows of OpenThoughts have it. */
function fromShareGpt(row: Row): Conversation {
  const at = originOf(row) ?? 'a row';
  const turns: unknown = row['conversations'];
  if (!Array.isArray(turns) || turns.length === 0)
    throw invalid(at, `the fields ${Object.keys(row).join(', ')}`);
  const messages = turns.map((turn: { readonly from?: unknown; readonly value?: unknown }, index) => {
    if (typeof turn.value !== 'string') throw invalid(`${at} conversations[${index}].value`, 'no text');
    return { role: turn.from === 'human' ? 'user' : 'assistant', content: turn.value };
  });
  return withOrigin({ messages }, at);
}

const invalid = (at: string, found: string) =>
  new TinsmithError({
    code: 'DATA_MESSAGES_INVALID',
    message: 'a row of this data set needs a list of conversations, with from and value in each',
    at,
    found,
  });
