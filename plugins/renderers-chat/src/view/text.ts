/**
 * A view as text for a terminal. With colour, trained tokens are green and control tokens bold; without, trained runs stand
 * between » and «, so that nothing depends on colour. Control characters are shown, not sent: a conversation cannot move the
 * cursor.
 */
import type { ConversationView, SequenceView, TokenView } from './view.js';

export interface TextOptions {
  readonly colour: boolean;
  /** Every token on a line of its own, with its id and weight. */
  readonly ids?: boolean;
}

const STYLE = { trained: '32', special: '1', cut: '2;9' } as const;

export const formatView = (view: ConversationView, options: TextOptions): string =>
  formatViews([view], options);

/** Views of one conversation with one renderer, one after the other. */
export function formatViews(views: readonly ConversationView[], options: TextOptions): string {
  const [first] = views;
  if (!first) return '';
  return [
    ...views.flatMap(({ sequences }) => sequences.map(sequence => formatSequence(sequence, options))),
    `renderer ${first.renderer}, stops at ${first.stopTexts.map(visible).join(', ') || 'nothing'}`,
    ...views.flatMap(({ warnings }) => warnings.map(warning => `warning: ${warning}`)),
    ...views.flatMap(templateLines),
    '',
  ].join('\n');
}

function formatSequence(sequence: SequenceView, options: TextOptions): string {
  const { tokens, trained, cut } = sequence.counts;
  const title = `${sequence.name}: ${tokens} tokens, ${trained} trained${cut > 0 ? `, ${cut} cut off` : ''}`;
  const body = options.ids
    ? sequence.tokens.map(token => line(token, options)).join('\n')
    : running(sequence.tokens, options);
  return `${title}\n${body}\n`;
}

function line(token: TokenView, { colour }: TextOptions): string {
  const mark = token.isCut ? 'cut' : token.weight > 0 ? String(token.weight) : '.';
  return `${String(token.id).padStart(8)}  ${mark.padStart(4)}  ${paint(visible(token.text), token, colour)}`;
}

/** Tokens that belong together in one piece, as a token can be part of a character. */
function running(tokens: readonly TokenView[], { colour }: TextOptions): string {
  let text = '';
  let isOpen = false;
  for (const token of tokens) {
    const isTrained = token.weight > 0 && !token.isCut;
    if (!colour && isTrained !== isOpen) text += isTrained ? '»' : '«';
    isOpen = isTrained;
    text += paint(breakLines(token.text), token, colour);
  }
  return !colour && isOpen ? `${text}«` : text;
}

function paint(text: string, { weight, isSpecial, isCut }: TokenView, colour: boolean): string {
  const styles = [
    ...(isCut ? [STYLE.cut] : weight > 0 ? [STYLE.trained] : []),
    ...(isSpecial ? [STYLE.special] : []),
  ];
  return colour && styles.length > 0 ? `\u001b[${styles.join(';')}m${text}\u001b[0m` : text;
}

/** A newline is shown and made. */
const breakLines = (text: string) => text.split('\n').map(visible).join('⏎\n');

const visible = (text: string): string =>
  text
    .replaceAll('\n', '⏎')
    .replaceAll('\t', '⇥')
    .replaceAll(/[\p{Cc}\u2028\u2029]/gu, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

function templateLines({ againstTemplate, sequences }: ConversationView): string[] {
  if (!againstTemplate) return [];
  const what = sequences[0]?.name === 'prompt' ? 'the prompt' : 'the conversation';
  if (againstTemplate.agrees) return [`${what} agrees with the model's own template`];
  return [
    `${what} differs from the model's own template at token ${againstTemplate.firstDifference}`,
    `  ours      ${visible(againstTemplate.ours ?? '')}`,
    `  template  ${visible(againstTemplate.template ?? '')}`,
  ];
}
