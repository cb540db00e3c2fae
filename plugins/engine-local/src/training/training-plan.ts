/**
 * How a pass is cut into pieces that fit a memory budget: positions per micro-batch, layers whose activations are kept at once, and
 * parts of attention and logits. From the longest datum alone, so the same calls with the same budget are the same sums in the same
 * order, and calls of like lengths share their graphs.
 */
import { TinsmithError } from '@tinsmith/core';
import type { ModelConfig } from '../model/index.js';

export interface TrainingPlan {
  /** Most positions of a micro-batch, padding included; a longer datum is alone. */
  readonly positions: number;
  /** Layers of a segment. All of them: nothing is recomputed. Otherwise all segments but the topmost are run forward twice. */
  readonly segmentLayers: number;
  /** Blocks in which attention is computed. */
  readonly blocks: number;
  /** Parts in which logits are computed. */
  readonly parts: number;
  /** What the pass is expected to need at most besides weights and gradients, in bytes. */
  readonly bytes: number;
  /** What it may need. */
  readonly budget: number;
}

export interface PlanRequest {
  readonly config: ModelConfig;
  /** Of the LoRA factors; undefined: all parameters are trained. */
  readonly rank: number | undefined;
  /** Positions of the longest datum. */
  readonly longest: number;
  readonly forwardOnly: boolean;
  /** What a pass may take besides weights and gradients, in bytes. */
  readonly budget: number;
}

/**
 * The fastest plan that fits.
 * @throws {TinsmithError} MEMORY_BUDGET when none does: it says what the smallest one needs, and what length would fit
 */
export function planTraining(request: PlanRequest): TrainingPlan {
  const { longest, budget } = request;
  const plans = candidates(request).map(shape => ({ ...shape, bytes: bytesOf(request, shape), budget }));
  const fitting = plans.filter(({ bytes }) => bytes <= budget);
  const best = fitting.toSorted((a, b) => cost(request, a) - cost(request, b) || a.bytes - b.bytes)[0];
  if (best) return best;
  const least = Math.min(...plans.map(({ bytes }) => bytes));
  const shorter = longestThatFits(request);
  throw new TinsmithError({
    code: 'MEMORY_BUDGET',
    message: `a sequence of ${longest} tokens does not fit the memory budget of the engine`,
    found: `${mebibytes(budget)} are left for a pass beside weights and gradients; the smallest plan needs ${mebibytes(least)}`,
    fix: `raise the engine's option memory by ${mebibytes(least - budget)}${shorter > 0 ? `, or use sequences of at most ${shorter} tokens` : ''}`,
  });
}

type Shape = Omit<TrainingPlan, 'bytes' | 'budget'>;

function candidates(request: PlanRequest): Shape[] {
  const { config, longest, forwardOnly } = request;
  const blocks = blocksFor(longest);
  const layers = forwardOnly
    ? [config.layers]
    : Array.from({ length: config.layers }, (_, i) => config.layers - i);
  const positions: number[] = [];
  for (let most = Math.max(longest, preferredPositions(config)); most >= longest; most = most / 2)
    positions.push(Math.floor(most));
  if (positions.at(-1) !== longest) positions.push(longest);
  return positions.flatMap(most => {
    const parts = new Set(logitsBytes.map(bytes => partsFor(config, most, bytes)));
    return layers.flatMap(segmentLayers =>
      [...parts].map(count => ({ positions: most, segmentLayers, blocks, parts: count })),
    );
  });
}

/**
 * Products of matrices are at full speed from some 256 rows on; more rows only take more memory. With narrow models the
 * overhead of an operator counts instead, and measured on 3 M parameters the best is 768 to 1,536 rows.
 */
const preferredPositions = ({ hiddenSize }: ModelConfig): number =>
  Math.min(1024, Math.max(256, 2 ** Math.floor(Math.log2(2 ** 18 / hiddenSize))));

/**
 * More blocks skip more of the square that causal attention does not need, and make more and smaller products. Up to some hundred
 * positions that gains nothing.
 */
const blocksFor = (longest: number): number => (longest <= 512 ? 1 : longest <= 2048 ? 4 : 16);

/** What the logits of a part may take: four arrays of that size are in use at once. */
const logitsBytes = [2 ** 25, 2 ** 24];

function partsFor({ vocabularySize }: ModelConfig, rows: number, bytes: number): number {
  const upTo = 2 ** Math.ceil(Math.log2(rows)); // like lengths have as many parts, and so the same graph
  const wanted = (upTo * vocabularySize * 4) / bytes;
  return Math.min(64, 2 ** Math.max(0, Math.ceil(Math.log2(wanted))));
}

/**
 * Time in units of a pass without recomputation on large micro-batches: forward is about a third of forward and backward. Each part
 * of the logits lays out the unembedding for the kernels again, which takes as long as the work on three rows.
 */
function cost({ config }: PlanRequest, { positions, segmentLayers, parts }: Shape): number {
  const recomputed = 1 - topLayers(config.layers, segmentLayers) / config.layers;
  return (1 + recomputed / 3) * (1 + 24 / positions) * (1 + (3 * parts) / positions);
}

/** Layers of the topmost segment, which is the only one that may be smaller than the others. */
export function topLayers(layers: number, segmentLayers: number): number {
  return layers % segmentLayers || segmentLayers;
}

/** What onnxruntime's arena holds beyond the tensors that are alive, measured on SmolLM2-135M with 256 and 1,024 positions. */
const arenaShare = 1.4;

/** Bytes of a pass at its peak, counted from the operators of a layer and its gradient. */
function bytesOf(request: PlanRequest, { positions, segmentLayers, blocks, parts }: Shape): number {
  const { config, rank = 0, longest, forwardOnly } = request;
  const { hiddenSize, intermediateSize, heads, keyValueHeads, headSize, layers, vocabularySize } = config;
  const width = heads * headSize;
  // Kept per position and layer: both residuals, queries, attention's result twice, keys and values, gate and up, what is between
  // LoRA's factors, and the part of the probabilities that is computed.
  const probabilities = (heads * longest * (blocks + 1)) / (2 * blocks);
  const kept =
    2 * hiddenSize +
    3 * width +
    2 * keyValueHeads * headSize +
    2 * intermediateSize +
    7 * rank +
    probabilities;
  // In use at once besides, for one layer: what was not kept with its gradients, and a block of scores with theirs.
  const working = 6 * hiddenSize + 4 * width + 4 * intermediateSize + (4 * heads * longest) / blocks;
  const lowerSegments = Math.ceil(layers / segmentLayers) - 1;
  const perPosition = forwardOnly
    ? working + 2 * hiddenSize
    : segmentLayers * kept + working + (lowerSegments + 2) * hiddenSize;
  const logits = 4 * vocabularySize * Math.ceil(positions / parts);
  return Math.ceil(arenaShare * 4 * (positions * perPosition + logits));
}

function longestThatFits(request: PlanRequest): number {
  const fits = (longest: number): boolean => {
    const smaller = { ...request, longest };
    return candidates(smaller).some(shape => bytesOf(smaller, shape) <= request.budget);
  };
  let [low, high] = [0, request.longest];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

export const isSameLayout = (a: TrainingPlan, b: TrainingPlan): boolean =>
  a.positions === b.positions &&
  a.segmentLayers === b.segmentLayers &&
  a.blocks === b.blocks &&
  a.parts === b.parts;

/** In the words of a log line. */
export function describePlan(
  { positions, segmentLayers, blocks, parts, bytes }: TrainingPlan,
  layers: number,
): string {
  const recomputed = layers - topLayers(layers, segmentLayers);
  return [
    `micro-batches of at most ${positions} positions`,
    recomputed === 0
      ? 'all activations kept'
      : `activations of ${segmentLayers} of ${layers} layers at a time, ${recomputed} layers run twice`,
    `attention in ${blocks} and logits in ${parts} parts`,
    `about ${mebibytes(bytes)}`,
  ].join(', ');
}

const mebibytes = (bytes: number): string => `${Math.max(0, Math.ceil(bytes / 2 ** 20))} MiB`;
