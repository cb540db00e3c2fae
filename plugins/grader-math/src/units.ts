/**
 * The unit words that the second normalisation deletes, and what each of them means, so that two answers with different
 * units can be told apart. Knows nothing of conversion: 1 m and 100 cm are different answers.
 */

/** In the order of the reference: the order matters where one word contains another. */
const DELETED_WORDS = [
  'degree',
  'cm',
  'centimeter',
  'meter',
  'mile',
  'second',
  'minute',
  'hour',
  'day',
  'week',
  'month',
  'year',
  'foot',
  'feet',
  'inch',
  'yard',
];

const DELETIONS = DELETED_WORDS.map(word => ({
  word,
  anywhere: new RegExp(`${word}(?:es)?(?:s)? *(?:\\^[0-9]+)?`, 'g'),
  // The letter before or after tells a part of a longer word from a unit.
  asWord: new RegExp(`(?<!\\p{L})(?:${word}(?:es)?(?:s)?)+(?!\\p{L}) *(?<power>\\^[0-9]+)?`, 'gu'),
}));

const CANONICAL: Readonly<Record<string, string>> = {
  centimeter: 'cm', centimetre: 'cm', cm: 'cm', meter: 'm', metre: 'm', m: 'm', kilometer: 'km', kilometre: 'km', km: 'km',
  millimeter: 'mm', mm: 'mm', mile: 'mi', mi: 'mi', foot: 'ft', feet: 'ft', ft: 'ft', inch: 'in', inche: 'in', in: 'in',
  yard: 'yd', yd: 'yd', degree: 'degree', second: 's', sec: 's', s: 's', minute: 'min', min: 'min', hour: 'h', hr: 'h', h: 'h',
  day: 'day', week: 'week', month: 'month', year: 'year', gram: 'g', g: 'g', kilogram: 'kg', kg: 'kg', pound: 'lb', lb: 'lb',
  ounce: 'oz', oz: 'oz', liter: 'l', litre: 'l', gallon: 'gal', dollar: 'dollar', cent: 'cent', mph: 'mph',
}; // prettier-ignore

/** A unit in one spelling (`cm^2` for "square centimeters"), or undefined when it is not a unit known here. */
export function canonicalUnit(text: string): string | undefined {
  const match =
    /^(?<square>square|sq\.?|cubic|cu\.?)? *(?<word>\p{L}+?)\.?(?: *\^ *\{?(?<power>[0-9])\}?)?$/u.exec(
      text.trim().toLowerCase(),
    );
  const word = match?.groups?.word;
  if (word === undefined) return undefined;
  const unit = CANONICAL[word] ?? CANONICAL[word.replace(/s$/, '')];
  if (unit === undefined) return undefined;
  const prefix = match?.groups?.square;
  const power = match?.groups?.power ?? (prefix === undefined ? '1' : prefix.startsWith('s') ? '2' : '3');
  return power === '1' ? unit : `${unit}^${power}`;
}

export type UnitDeletion = {
  /** Every unit word deleted, inside other words too: what the reference compares. */
  readonly text: string;
  /** Only whole words deleted. */
  readonly wholeWords: string;
  readonly units: readonly string[];
};

export function deleteUnits(source: string): UnitDeletion {
  const units: string[] = [];
  let text = source;
  let wholeWords = source;
  for (const { word, anywhere, asWord } of DELETIONS) {
    if (!wholeWords.includes(word) && !text.includes(word)) continue;
    text = text.replace(anywhere, '');
    wholeWords = wholeWords.replace(asWord, (...match) => {
      const { power = '' } = match.at(-1) as { power?: string };
      const unit = canonicalUnit(word + power);
      if (unit !== undefined) units.push(unit);
      return '';
    });
  }
  return { text, wholeWords, units };
}
