import { multiplyDimensions } from '../dimension.js';
import type { Tensor } from '../graph.js';
import { broadcastTo } from './broadcast-to.js';
import { reshape } from './reshape.js';
import { scatterElements } from './scatter-elements.js';

/** `table` [rows, size] with each update [...indices, size] added to its row; indices may repeat. */
export function scatterRows(table: Tensor, indices: Tensor<'int64'>, updates: Tensor): Tensor {
  const count = multiplyDimensions(indices.shape);
  const size = multiplyDimensions(table.shape.slice(1));
  const flat = reshape(table, [table.shape[0]!, size]);
  const spread = broadcastTo(reshape(indices, [count, 1]), [count, size]);
  return reshape(scatterElements(flat, spread, reshape(updates, [count, size]), 0), table.shape);
}
