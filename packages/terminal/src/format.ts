/** How numbers, durations and foreign texts are shown. Knows nothing about terminals. */

/** 3 significant decimals without noise: 0.41, 1.00, 12.5, 1.2e-5. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e6)) return value.toExponential(1);
  if (size >= 1000) return value.toFixed(0);
  return value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : 3);
}

/** 0.4 s, 12 s, 2m 05s, 1h 02m. */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m ${pad(whole % 60)}s`;
  return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`;
}

const pad = (value: number) => String(value).padStart(2, '0');

/** `1 step`, `2 steps`. */
export const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/**
 * A text that somebody else wrote, on one line: control characters (which could move the cursor or change
 * colours) are shown as escapes.
 */
export function oneLine(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    character => ESCAPES[character] ?? escapeCode(character),
  );
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const escapeCode = (character: string) => `\\u{${character.codePointAt(0)!.toString(16)}}`;

/** At most `width` characters; an ellipsis says that something is missing. */
export function truncate(text: string, width: number, ellipsis: string): string {
  const characters = Array.from(text);
  if (characters.length <= width) return text;
  return characters.slice(0, Math.max(0, width - ellipsis.length)).join('') + ellipsis.slice(0, width);
}

/** Filled up with spaces to `width` characters. */
export function fill(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - Array.from(text).length));
}
