/** An axis in consecutive parts of one size, whose value is given when the graph runs. Knows nothing of what the axis is. */
import { type Dimension, type Graph, multiplyDimensions } from '@tinsmith/graph';

export interface Part {
  readonly size: Dimension;
  readonly start: Dimension;
  readonly end: Dimension;
}

/**
 * `count` parts of the dimension `total`. All but the last have the size `part`, which becomes an input of the graph if there are
 * several; the last has what is left, and must not be empty.
 */
export function partSizes(
  graph: Graph,
  { total, part, count }: { readonly total: string; readonly part: string; readonly count: number },
): Part[] {
  if (count === 1) return [{ size: total, start: 0, end: total }];
  graph.dimension(part);
  const at = (index: number): Dimension => multiplyDimensions([index, part]);
  const last = { size: `${total}-${count - 1}*${part}`, start: at(count - 1), end: total };
  return [
    ...Array.from({ length: count - 1 }, (_, i) => ({ size: part, start: at(i), end: at(i + 1) })),
    last,
  ];
}
