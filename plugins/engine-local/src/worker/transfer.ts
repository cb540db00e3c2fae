/** Which buffers of a message can move to the other thread instead of being copied. */

/** Every buffer behind an array inside `value`, once. The sender must own them all: they are empty for it afterwards. */
export function buffersOf(value: unknown): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const visit = (part: unknown): void => {
    if (ArrayBuffer.isView(part)) {
      if (part.buffer instanceof ArrayBuffer) buffers.add(part.buffer);
    } else if (Array.isArray(part)) {
      if (typeof part[0] === 'object') part.forEach(visit);
    } else if (typeof part === 'object' && part !== null) {
      Object.values(part).forEach(visit);
    }
  };
  visit(value);
  return [...buffers];
}
