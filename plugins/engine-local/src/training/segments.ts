/**
 * Runs one micro-batch through the segments of a model: up to the loss, and down again with the gradients. Knows nothing of data
 * and accumulation.
 */
import { type LossName, segmentBackwardGraph, segmentGraph, topGraph } from '../model/index.js';
import {
  type Feeds,
  float32Tensor,
  floats,
  type GraphSession,
  trainingSettings,
} from '../worker/graph-sessions.js';
import { loraKey, type Policy } from '../worker/policy.js';
import { topLayers, type TrainingPlan } from './training-plan.js';

export interface SegmentsInput {
  readonly policy: Policy;
  readonly plan: TrainingPlan;
  readonly loss: LossName;
  readonly forwardOnly: boolean;
  /** Embeddings, [batch, time, hidden]. */
  readonly hidden: Float32Array;
  readonly shape: readonly [batch: number, time: number, hiddenSize: number];
  /** What the topmost segment needs besides weights and `hidden`: rows, targets, inputs of the loss. */
  readonly feeds: Feeds;
  /** Sizes of blocks and parts, for the graphs that have several. */
  readonly sizes: Feeds;
}

export interface SegmentsOutput {
  readonly logprobs: Float32Array;
  readonly loss: number;
  /** Of the embeddings, like `hidden`; undefined where nobody needs it. */
  readonly hiddenGradient: Float32Array | undefined;
}

/** @param take gets the gradient of each trained tensor, by its name in the model; a tensor may come more than once */
export async function runSegments(
  input: SegmentsInput,
  take: (name: string, gradient: Float32Array) => void,
): Promise<SegmentsOutput> {
  const { policy, plan, shape, forwardOnly, sizes } = input;
  const { config, lora } = policy;
  const trainsLayers = !forwardOnly && (!lora || lora.targets.some(target => target !== 'lm_head'));
  const top = topLayers(config.layers, plan.segmentLayers);
  const starts: number[] = []; // first layer of each lower segment
  for (let layer = 0; layer < config.layers - top; layer += plan.segmentLayers) starts.push(layer);

  const tensorOf = (values: Float32Array) => float32Tensor(values, shape);
  const inputs: Float32Array[] = [];
  let hidden = input.hidden;
  for (const start of starts) {
    inputs.push(hidden);
    const session = await segmentSession(input, { backward: false, inputGradient: false });
    const outputs = await session.run({ ...sizes, hidden: tensorOf(hidden) }, shifted(policy, start));
    hidden = floats(outputs['hidden_out']);
  }

  const takeAll = (
    outputs: Awaited<ReturnType<GraphSession['run']>>,
    start: number,
  ): Float32Array | undefined => {
    for (const [name, tensor] of Object.entries(outputs)) {
      if (name.startsWith('grad/') && name !== 'grad/hidden')
        take(shiftLayer(name.slice('grad/'.length), start), floats(tensor));
    }
    return outputs['grad/hidden'] && floats(outputs['grad/hidden']);
  };

  const needsInputGradient = (start: number): boolean => trainsLayers && (start > 0 || !lora);
  const topStart = config.layers - top;
  const session = await topSession(input, top, needsInputGradient(topStart));
  const outputs = await session.run(
    { ...sizes, ...input.feeds, hidden: tensorOf(hidden) },
    shifted(policy, topStart),
  );
  const result = { logprobs: floats(outputs['target_logprobs']), loss: floats(outputs['loss'])[0]! };
  let gradient = takeAll(outputs, topStart);

  if (trainsLayers) {
    for (const start of starts.toReversed()) {
      const inputGradient = needsInputGradient(start);
      const backward = await segmentSession(input, { backward: true, inputGradient });
      const feeds = { ...sizes, hidden: tensorOf(inputs.pop()!), gradient: tensorOf(gradient!) };
      gradient = takeAll(await backward.run(feeds, shifted(policy, start)), start);
    }
  }
  return { ...result, hiddenGradient: gradient };
}

function segmentSession(
  { policy: { config, lora, graphs }, plan: { segmentLayers: layers, blocks } }: SegmentsInput,
  { backward, inputGradient }: { readonly backward: boolean; readonly inputGradient: boolean },
): Promise<GraphSession> {
  const options = { config, adapter: lora, layers, blocks, inputGradient };
  const kind = backward ? (inputGradient ? 'backward' : 'backward to the factors') : 'forward';
  const key = `${kind} ${layers} layers ${blocks} blocks ${loraKey(lora)}`;
  const build = () => (backward ? segmentBackwardGraph(options) : segmentGraph(options));
  return graphs.get(key, build, { ...trainingSettings, enableCpuMemArena: false });
}

function topSession(
  { policy: { config, lora, graphs }, plan, loss, forwardOnly }: SegmentsInput,
  layers: number,
  inputGradient: boolean,
): Promise<GraphSession> {
  const backward = !forwardOnly;
  const { blocks, parts } = plan;
  const key = `${forwardOnly ? 'loss' : inputGradient ? 'train through' : 'train'} ${loss} ${layers} layers ${blocks} blocks ${parts} parts ${loraKey(lora)}`;
  const build = () =>
    topGraph({ config, adapter: lora, layers, blocks, parts, loss, backward, inputGradient });
  // An arena keeps its peak for one session: worth it for one that holds everything, not where several take turns.
  if (layers < config.layers)
    return graphs.get(key, build, { ...trainingSettings, enableCpuMemArena: false });
  return graphs.getHolding(key, build, { ...trainingSettings, bytes: plan.bytes, most: plan.budget });
}

/** The policy's tensors as a segment names them, whose first layer is `start`. */
const shifted = ({ tensors }: Policy, start: number): Pick<Policy['tensors'], 'get'> => ({
  get: name => tensors.get(shiftLayer(name, start)),
});

const shiftLayer = (name: string, by: number): string =>
  by === 0 ? name : name.replace(/(?<=model\.layers\.)\d+/, layer => String(Number(layer) + by));
