/**
 * How published data sets write which of two answers was preferred (cookbook-recipes, section 8). A row that is not of its format is
 * an error; a row that holds no preference, or none that can be learnt, is passed over with a reason. Knows nothing of files.
 */
import { type Message, originOf, type Row, textOf, TinsmithError } from '@tinsmith/core';
import type { LabelledComparison, PreferenceLabel, Reading } from '@tinsmith/training';
import { z } from 'zod';

const message = z.object({ role: z.string(), content: z.string() });
const messages = z.array(message);

/** A row of a data set, read. */
export type ReadRow = (row: Row) => Reading;

function format<S extends z.ZodType>(
  name: string,
  schema: S,
  read: (fields: z.output<S>) => Reading,
): ReadRow {
  return row => {
    const parsed = schema.safeParse(row);
    if (parsed.success) return checked(read(parsed.data));
    const { path, message: problem } = parsed.error.issues[0]!;
    throw new TinsmithError({
      code: 'COMPARISON_INVALID',
      message: `a row is not a comparison as ${name} writes them`,
      at: originOf(row),
      found: `${path.join('.') || 'the row'}: ${problem}; the row has ${Object.keys(row).join(', ')}`,
      fix: 'another `dataset`, which says how rows are written, or other data',
    });
  };
}

const skipped = (reason: string): Reading => ({ skipped: reason });

const DIFFERENT = 'the conversations differ in more than the last message, or not at all';

/** What holds in any format: the assistant's word is compared, and there is one. */
function checked(reading: Reading): Reading {
  if ('skipped' in reading) return reading;
  const { completionA, completionB } = reading.labelled.comparison;
  const last = [completionA.at(-1), completionB.at(-1)];
  if (last.some(one => one?.role !== 'assistant'))
    return skipped('a conversation does not end with an answer');
  if (last.some(one => textOf(one!).trim() === '')) return skipped('an answer is empty');
  return reading;
}

const answer = (content: string): Message[] => [{ role: 'assistant', content }];

const labelled = (
  prompt: readonly Message[],
  completionA: readonly Message[],
  completionB: readonly Message[],
  label: PreferenceLabel = 'A',
): Reading => ({ labelled: { comparison: { prompt, completionA, completionB }, label } });

const isSame = (one: Message | undefined, other: Message | undefined) =>
  one?.role === other?.role && one?.content === other?.content;

/** Two conversations that are the same up to their last message; the first one was preferred. */
function divergingAtTheEnd(
  chosen: readonly Message[],
  rejected: readonly Message[],
): LabelledComparison | undefined {
  const [last, other] = [chosen.at(-1), rejected.at(-1)];
  if (!last || !other || chosen.length !== rejected.length || isSame(last, other)) return undefined;
  const prompt = chosen.slice(0, -1);
  if (!prompt.every((one, index) => isSame(one, rejected[index]))) return undefined;
  return { comparison: { prompt, completionA: [last], completionB: [other] }, label: 'A' };
}

const reading = (found: LabelledComparison | undefined): Reading =>
  found ? { labelled: found } : skipped(DIFFERENT);

/**
 * hh-rlhf's text as messages. The markers count wherever they occur, also inside of a message, as in the reference; text before the
 * first one leaves nothing that can be read.
 */
export function hhMessages(text: string): Message[] {
  const parts = text.split(/(Human:|Assistant:)/);
  if (parts[0]!.trim() !== '') return [];
  return Array.from({ length: (parts.length - 1) / 2 }, (_, i) => ({
    role: parts[2 * i + 1] === 'Human:' ? 'user' : 'assistant',
    content: parts[2 * i + 2]!.trim(),
  }));
}

/** Undefined if the two do not differ in exactly the last message. */
export const hhComparison = (chosen: string, rejected: string): LabelledComparison | undefined =>
  divergingAtTheEnd(hhMessages(chosen), hhMessages(rejected));

export const hhh = format('hh-rlhf', z.object({ chosen: z.string(), rejected: z.string() }), row =>
  reading(hhComparison(row.chosen, row.rejected)),
);

/** The context is a conversation; below 0 the first response is better. */
export const helpSteer3 = format(
  'HelpSteer3',
  z.object({
    context: messages,
    response1: z.string(),
    response2: z.string(),
    overall_preference: z.coerce.number(),
  }),
  ({ context, response1, response2, overall_preference }) => {
    if (overall_preference === 0) return skipped('a tie');
    const prompt = context.filter(({ role }) => role === 'user' || role === 'assistant');
    return labelled(prompt, answer(response1), answer(response2), overall_preference < 0 ? 'A' : 'B');
  },
);

export const ultraFeedback = format(
  'UltraFeedback',
  z.object({ instruction: z.string(), chosen_response: z.string(), rejected_response: z.string() }),
  row =>
    labelled(
      [{ role: 'user', content: row.instruction }],
      answer(row.chosen_response),
      answer(row.rejected_response),
    ),
);

/** Unlike in the reference, a conversation of several turns is compared at its end and not at its first answer. */
export const tulu3 = format('the Tulu 3 mixture', z.object({ chosen: messages, rejected: messages }), row =>
  reading(divergingAtTheEnd(row.chosen, row.rejected)),
);

const arenaMessages = z.array(
  z.object({
    role: z.string(),
    content: z.array(z.object({ type: z.string(), text: z.string().nullish() })),
  }),
);

/** All that follows the first message is the answer, further turns included, as in the reference. */
export const arena = format(
  'Arena',
  z.object({ winner: z.string(), conversation_a: arenaMessages, conversation_b: arenaMessages }),
  ({ winner, conversation_a, conversation_b }) => {
    if (winner !== 'model_a' && winner !== 'model_b') return skipped('a tie');
    const both = [conversation_a, conversation_b];
    if (both.flat().some(({ content }) => content.some(({ type }) => type !== 'text')))
      return skipped('a conversation has something else than text');
    const [a, b] = both.map(conversation =>
      conversation
        .filter(({ role, content }) => ['user', 'assistant'].includes(role) && content.length > 0)
        .map(({ role, content }) => ({ role, content: content.map(({ text }) => text ?? '').join(' ') })),
    ) as [Message[], Message[]];
    if (a.length < 2 || b.length < 2) return skipped('a conversation has no answer');
    return labelled(a.slice(0, 1), a.slice(1), b.slice(1), winner === 'model_a' ? 'A' : 'B');
  },
);

/** Rows of HelpSteer2 hold one answer each; two of them make a comparison. */
export const helpSteer2Row = z.object({
  prompt: z.string(),
  response: z.string(),
  helpfulness: z.coerce.number(),
});

export const helpSteer2 = format(
  'HelpSteer2',
  z.object({ prompt: z.string(), chosen_response: z.string(), rejected_response: z.string() }),
  row =>
    labelled(
      [{ role: 'user', content: row.prompt }],
      answer(row.chosen_response),
      answer(row.rejected_response),
    ),
);

/** Comparisons of your own, as the reference writes them in JSON lines. */
export const ownComparison = format(
  'files of labelled comparisons',
  z.object({
    comparison: z.object({ prompt_conversation: messages, completion_A: messages, completion_B: messages }),
    label: z.enum(['A', 'B', 'Tie']),
  }),
  ({ comparison: { prompt_conversation, completion_A, completion_B }, label }) =>
    labelled(prompt_conversation, completion_A, completion_B, label),
);
