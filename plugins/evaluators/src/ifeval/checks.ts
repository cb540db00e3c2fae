/**
 * What each instruction of IFEval asks of a response, as a test on the text. The meanings are those of the benchmark's own
 * checkers; where those use a library for language, the README says what is used here. Knows nothing of models.
 */
import { francAll } from 'franc';
import { z } from 'zod';
import { countSentences, holds, wordsOf } from './text.js';

export interface Check {
  /** Of the instruction's `kwargs`; null counts as absent. */
  readonly arguments: z.ZodType;
  isFollowed(response: string, values: never): boolean;
}

function check<A extends z.ZodType>(
  shape: A,
  isFollowed: (response: string, values: z.output<A>) => boolean,
): Check {
  return { arguments: shape, isFollowed };
}

const none = z.object({});
const count = z.number();
const text = z.string();

/** By the id that the data sets use. */
export const checks: Readonly<Record<string, Check>> = {
  'keywords:existence': check(z.object({ keywords: z.array(text) }), (response, { keywords }) =>
    keywords.every(keyword => has(response, keyword)),
  ),
  'keywords:forbidden_words': check(z.object({ forbidden_words: z.array(text) }), (response, values) =>
    values.forbidden_words.every(word => !wholeWord(word).test(response)),
  ),
  'keywords:frequency': check(
    z.object({ keyword: text, relation: text, frequency: count }),
    (response, { keyword, relation, frequency }) =>
      holds(occurrences(response, keyword), relation, frequency),
  ),
  'keywords:letter_frequency': check(
    z.object({ letter: text, let_relation: text, let_frequency: count }),
    (response, { letter, let_relation, let_frequency }) =>
      holds(occurrences(response, letter), let_relation, let_frequency),
  ),

  'language:response_language': check(z.object({ language: text }), (response, { language }) =>
    isLanguage(response, language),
  ),

  'length_constraints:number_words': check(
    z.object({ relation: text, num_words: count }),
    (response, { relation, num_words }) => holds(wordsOf(response).length, relation, num_words),
  ),
  'length_constraints:number_sentences': check(
    z.object({ relation: text, num_sentences: count }),
    (response, { relation, num_sentences }) => holds(countSentences(response), relation, num_sentences),
  ),
  'length_constraints:number_paragraphs': check(
    z.object({ num_paragraphs: count }),
    (response, { num_paragraphs }) => {
      const paragraphs = response.split(/\s?\*\*\*\s?/).map(paragraph => paragraph.trim());
      const isEmptyInside = paragraphs.slice(1, -1).includes('');
      return !isEmptyInside && paragraphs.filter(paragraph => paragraph !== '').length === num_paragraphs;
    },
  ),
  'length_constraints:nth_paragraph_first_word': check(
    z.object({ num_paragraphs: count, nth_paragraph: count, first_word: text }),
    (response, { num_paragraphs, nth_paragraph, first_word }) => {
      const paragraphs = response.split('\n\n').filter(paragraph => paragraph.trim() !== '');
      const word = /^["']*([^\s.,?!'"]*)/.exec(paragraphs[nth_paragraph - 1]?.trim() ?? '')?.[1];
      return paragraphs.length === num_paragraphs && word?.toLowerCase() === first_word.toLowerCase();
    },
  ),

  'detectable_content:number_placeholders': check(
    z.object({ num_placeholders: count }),
    (response, { num_placeholders }) => (response.match(/\[.*?\]/g) ?? []).length >= num_placeholders,
  ),
  'detectable_content:postscript': check(
    z.object({ postscript_marker: text }),
    (response, { postscript_marker }) => {
      const marker = postscript_marker.trim();
      const patterns: Record<string, RegExp> = {
        'P.P.S': /\s*p\.\s?p\.\s?s.*$/im,
        'P.S.': /\s*p\.\s?s\..*$/im,
      };
      return patterns[marker]?.test(response) ?? has(response, marker);
    },
  ),

  'detectable_format:number_bullet_lists': check(z.object({ num_bullets: count }), (response, values) => {
    const stars = response.match(/^\s*\*[^*].*$/gm) ?? [];
    const dashes = response.match(/^\s*-.*$/gm) ?? [];
    return stars.length + dashes.length === values.num_bullets;
  }),
  'detectable_format:constrained_response': check(none, response =>
    ['My answer is yes.', 'My answer is no.', 'My answer is maybe.'].some(option =>
      response.includes(option),
    ),
  ),
  'detectable_format:number_highlighted_sections': check(
    z.object({ num_highlights: count }),
    (response, { num_highlights }) => {
      const single = response.match(/\*[^\n*]*\*/g) ?? [];
      const double = response.match(/\*\*[^\n*]*\*\*/g) ?? [];
      const filled = [...single, ...double].filter(part => part.replaceAll('*', '').trim() !== '');
      return filled.length >= num_highlights;
    },
  ),
  'detectable_format:multiple_sections': check(
    z.object({ section_spliter: text, num_sections: count }),
    (response, { section_spliter, num_sections }) =>
      response.split(new RegExp(`\\s?${escape(section_spliter.trim())}\\s?\\d+\\s?`)).length - 1 >=
      num_sections,
  ),
  'detectable_format:json_format': check(none, response =>
    isJson(
      response
        .trim()
        .replace(/^```(?:json)?/i, '')
        .replace(/```$/, '')
        .trim(),
    ),
  ),
  'detectable_format:title': check(none, response =>
    (response.match(/<<[^\n]+>>/g) ?? []).some(title => title.replaceAll(/^<+|>+$/g, '').trim() !== ''),
  ),

  'combination:two_responses': check(none, response => {
    const parts = response.split('******').map(part => part.trim());
    const isEmptyInside = parts.slice(1, -1).includes('');
    const [first, second, ...others] = parts.filter(part => part !== '');
    return !isEmptyInside && second !== undefined && others.length === 0 && first !== second;
  }),
  'combination:repeat_prompt': check(z.object({ prompt_to_repeat: text }), (response, values) =>
    response.trim().toLowerCase().startsWith(values.prompt_to_repeat.trim().toLowerCase()),
  ),

  'startend:end_checker': check(z.object({ end_phrase: text }), (response, { end_phrase }) =>
    response
      .trim()
      .replaceAll(/^"+|"+$/g, '')
      .toLowerCase()
      .endsWith(end_phrase.trim().toLowerCase()),
  ),
  'startend:quotation': check(none, response => {
    const trimmed = response.trim();
    return trimmed.length > 1 && trimmed.startsWith('"') && trimmed.endsWith('"');
  }),

  'change_case:capital_word_frequency': check(
    z.object({ capital_frequency: count, capital_relation: text }),
    (response, { capital_frequency, capital_relation }) =>
      holds(wordsOf(response).filter(isUpper).length, capital_relation, capital_frequency),
  ),
  'change_case:english_capital': check(none, response => isUpper(response) && isLanguage(response, 'en')),
  'change_case:english_lowercase': check(none, response => isLower(response) && isLanguage(response, 'en')),

  'punctuation:no_comma': check(none, response => !response.includes(',')),
};

const escape = (pattern: string) => pattern.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
const has = (response: string, part: string) => response.toLowerCase().includes(part.toLowerCase());
const wholeWord = (word: string) =>
  new RegExp(`(?<![\\p{L}\\p{N}_])${escape(word)}(?![\\p{L}\\p{N}_])`, 'iu');
const occurrences = (response: string, part: string) =>
  part === '' ? 0 : response.toLowerCase().split(part.toLowerCase()).length - 1;
/** At least one letter with a case, and all of that case. */
const isUpper = (word: string) => /\p{Lu}/u.test(word) && word === word.toUpperCase();
const isLower = (word: string) => /\p{Ll}/u.test(word) && word === word.toLowerCase();

function isJson(response: string): boolean {
  try {
    JSON.parse(response);
    return true;
  } catch {
    return false;
  }
}

/** The languages that are asked for, by the codes of the data set, with those that franc uses. */
const LANGUAGES: Readonly<Record<string, string>> = {
  ar: 'arb',
  bg: 'bul',
  bn: 'ben',
  de: 'deu',
  en: 'eng',
  es: 'spa',
  fa: 'pes',
  fi: 'fin',
  fr: 'fra',
  gu: 'guj',
  hi: 'hin',
  it: 'ita',
  ja: 'jpn',
  kn: 'kan',
  ko: 'kor',
  mr: 'mar',
  ne: 'nep',
  pa: 'pan',
  pl: 'pol',
  pt: 'por',
  ru: 'rus',
  sw: 'swh',
  ta: 'tam',
  te: 'tel',
  th: 'tha',
  tr: 'tur',
  ur: 'urd',
  vi: 'vie',
  zh: 'cmn',
};

/**
 * Too short a text to tell counts as right, as in the benchmark. Related languages are hard to tell apart in a few words, so that
 * the wanted one need only be nearly as likely as the likeliest.
 */
function isLanguage(response: string, code: string): boolean {
  const wanted = LANGUAGES[code.toLowerCase().split('-')[0]!];
  if (wanted === undefined) throw new RangeError(`the language "${code}" cannot be told`);
  const found = francAll(response.toLowerCase(), { only: Object.values(LANGUAGES) });
  if (found[0]?.[0] === 'und') return true;
  return found.some(([language, likelihood]) => language === wanted && likelihood >= NEARLY);
}

const NEARLY = 0.95;
