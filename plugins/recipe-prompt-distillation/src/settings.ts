/**
 * What all answers of one journal have in common, and a refusal to mix in others: answers of another prompt or teacher are neither
 * taken for those of this call nor replaced by them. Knows no files.
 */
import { TinsmithError } from '@tinsmith/core';

/** By name, e.g. `temperature`. */
export type Settings = Readonly<Record<string, string | number | boolean | null>>;

export interface SettingsPlace {
  /** Of the answers that are there. */
  readonly journal: string;
  /** What to try besides the earlier settings. */
  readonly wayOut: string;
}

/**
 * @param found what earlier calls noted: more than one if two began at the same moment
 * @throws DATA_SETTINGS_CHANGED, with each setting that differs
 */
export function refuseOtherSettings(
  found: readonly Settings[],
  now: Settings,
  { journal, wayOut }: SettingsPlace,
): void {
  const changes = new Set(found.flatMap(before => changesOf(before, now)));
  if (changes.size > 0) throw changed([...changes].join(', '), { journal, wayOut });
}

/** @throws DATA_SETTINGS_CHANGED */
export function refuseUnknownSettings(place: SettingsPlace): never {
  throw changed('answers, but nothing about the settings that they were made with', place);
}

function changesOf(before: Settings, now: Settings): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...names]
    .filter(name => before[name] !== now[name])
    .map(name => `${name} ${inWords(before[name], now[name])} -> ${inWords(now[name], before[name])}`);
}

/** Characters of a long text that are shown. */
const SHOWN = 40;

/** Of a long text the part where it begins to differ from the other one. */
function inWords(value: Settings[string] | undefined, other: Settings[string] | undefined): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value !== 'string') return String(value);
  const start = typeof other === 'string' && value.length > SHOWN ? firstDifference(value, other) : 0;
  const part = value.slice(start, start + SHOWN);
  return `${start > 0 ? '...' : ''}${JSON.stringify(part)}${start + SHOWN < value.length ? '...' : ''}`;
}

function firstDifference(text: string, other: string): number {
  let index = 0;
  while (index < text.length && text[index] === other[index]) index++;
  return Math.max(0, index - SHOWN / 4); // some of what comes before it, to find the place by
}

const changed = (found: string, { journal, wayOut }: SettingsPlace) =>
  new TinsmithError({
    code: 'DATA_SETTINGS_CHANGED',
    message: 'the answers that are there were made with other settings',
    at: journal,
    found,
    fix: `the earlier settings, or ${wayOut}`,
  });
