/** Useful floating-point operations per token, so that speeds can be set against the machine's peak. A multiply-add counts two. */

/** Of SmolLM2-135M, as its config.json has them. */
export const shape = {
  hidden: 576,
  heads: 9,
  keyValueHeads: 3,
  headSize: 64,
  mlp: 1536,
  layers: 30,
  vocabulary: 49_152,
};

const queries = shape.heads * shape.headSize;
const keys = shape.keyValueHeads * shape.headSize;
/** [out, in] of the seven linears of a layer. */
const linears = [
  [queries, shape.hidden],
  [keys, shape.hidden],
  [keys, shape.hidden],
  [shape.hidden, queries],
  [shape.mlp, shape.hidden],
  [shape.mlp, shape.hidden],
  [shape.hidden, shape.mlp],
];
const sum = values => values.reduce((total, value) => total + value, 0);
const perLayer = sum(linears.map(([out, size]) => out * size));
const head = shape.vocabulary * shape.hidden;

/** Scores and values over the positions before, on average half of the row where it is causal. */
const attention = positions => 4 * shape.layers * queries * positions;

/** Forward, and backward to inputs and factors: the frozen matrices get no gradient. */
export function trainingFlops(sequence, rank) {
  const frozen = 2 * (2 * (shape.layers * perLayer + head));
  const factors = 3 * 2 * shape.layers * sum(linears.map(([out, size]) => rank * (out + size)));
  return frozen + factors + 3 * attention(sequence / 2);
}

/** The head runs on the last row only. */
export const prefillFlops = sequence =>
  2 * (shape.layers * perLayer + head / sequence) + attention(sequence / 2);

export const decodeFlops = context => 2 * (shape.layers * perLayer + head) + attention(context);
