/**
 * The byte alphabet of GPT-2: one printable character per byte, so that a vocabulary of strings can hold
 * any bytes. Bytes that are printable in Latin-1 stand for themselves, the others get characters from U+0100.
 */
export const byteAlphabet: readonly string[] = listCharacters();

/** The UTF-8 bytes of a text as characters of the alphabet. */
export function toByteCharacters(text: string): string[] {
  return Array.from(new TextEncoder().encode(text), byte => byteAlphabet[byte]!);
}

function listCharacters(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPrintable(byte) ? byte : next++));
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
}
