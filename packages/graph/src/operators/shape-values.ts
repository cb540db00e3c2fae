import { type Dimension, termsOf, type Shape } from '../dimension.js';
import { emit } from '../emit.js';
import { GraphError } from '../errors.js';
import type { Graph, Tensor } from '../graph.js';
import { add } from './add.js';
import { concat } from './concat.js';
import { multiply } from './multiply.js';

/**
 * The numbers behind a shape, int64 [rank], read from the graph's inputs when it runs.
 * @throws {GraphError} UNKNOWN_DIMENSION if a name is no dimension of an input.
 */
export function shapeValues(graph: Graph, shape: Shape): Tensor<'int64'> {
  const pieces: Tensor<'int64'>[] = [];
  let numbers: number[] = [];
  const flush = (): void => {
    if (numbers.length > 0) pieces.push(graph.constant('int64', [numbers.length], numbers));
    numbers = [];
  };
  for (const dimension of shape) {
    if (typeof dimension === 'number') numbers.push(dimension);
    else {
      flush();
      pieces.push(dimensionValue(graph, dimension));
    }
  }
  flush();
  return pieces.length === 1 ? pieces[0]! : concat(pieces, 0);
}

/** int64 [1]. */
function dimensionValue(graph: Graph, dimension: Dimension): Tensor<'int64'> {
  const given = graph.givenDimension(dimension);
  if (given) return given;
  const place = graph.findInputWithDimension(dimension);
  if (place)
    return emit({
      operator: 'Shape',
      attributes: { start: { int: place.axis }, end: { int: place.axis + 1 } },
      inputs: [place.input],
      type: 'int64',
      shape: [1],
      pullback: 'blocked', // a size does not depend on values
    });
  const terms = termsOf(dimension);
  if (terms.length === 1 && terms[0]!.coefficient === 1 && terms[0]!.names.length === 1)
    throw new GraphError('UNKNOWN_DIMENSION', `no input of the graph has a dimension "${dimension}"`);
  return terms
    .map(({ coefficient, names }) =>
      names.reduce<Tensor<'int64'>>(
        (product, name) => multiply(product, dimensionValue(graph, name)),
        graph.constant('int64', [1], [coefficient]),
      ),
    )
    .reduce((sum, term) => add(sum, term));
}
