/**
 * The judge `reward-model`: a language model that was trained to say which of two answers is better, e.g. by stage two of `rlhf`. It
 * is asked in the chat format that it was trained with.
 */
import {
  type Engine,
  type Judge,
  type JudgeSource,
  messageOf,
  type ModelSource,
  type Registry,
  type RendererSource,
  TinsmithError,
  type Tokenizer,
} from '@tinsmith/core';
import { openRenderer } from '@tinsmith/training/options';
import { z } from 'zod';

export const rewardModelOptions = z.strictObject({
  engine: z.string().describe('The engine that has the reward model.'),
  modelName: z.string().describe('The model that was trained: it says how text becomes tokens.'),
  rendererName: z
    .string()
    .optional()
    .describe('The chat format that the reward model was trained with. Default: what modelName recommends.'),
  anyRenderer: z
    .boolean()
    .default(false)
    .describe('Take rendererName even if the model was trained with another chat format.'),
  checkpoint: z
    .string()
    .optional()
    .describe('Weights as saved for sampling: `sampler_path` of a row. Default: modelName as it is.'),
});
export type RewardModelOptions = z.output<typeof rewardModelOptions>;

export interface RewardModelParts {
  readonly engines: Registry<Engine>;
  readonly models: Registry<ModelSource>;
  readonly renderers: Registry<RendererSource>;
}

export function rewardModelSource(parts: RewardModelParts): JudgeSource {
  return {
    specification: 'v1',
    options: rewardModelOptions,
    create: options => openRewardModel(options as RewardModelOptions, parts),
  };
}

/** What a run asks to see whether a reward model has learnt to answer: the polite one is not known to be better, but it is a word. */
const PROBE = {
  prompt: [{ role: 'user', content: 'What color is the sky?' }],
  completionA: [{ role: 'assistant', content: 'Blue.' }],
  completionB: [{ role: 'assistant', content: 'Of course! The sky is blue.' }],
} as const;

/**
 * @throws REWARD_MODEL_UNFIT if the checkpoint cannot be sampled from, if it is of another tokenizer, or if it does not answer with A,
 * B or Tie; REWARD_MODEL_RENDERER
 */
export async function openRewardModel(
  { engine: engineName, modelName, rendererName, anyRenderer, checkpoint }: RewardModelOptions,
  { engines, models, renderers }: RewardModelParts,
): Promise<Judge> {
  const { checkLabelTokens, modelJudge } = await import('@tinsmith/training');
  const engine = await engines.get(engineName);
  const tokenizer = await engine.getTokenizer(modelName);
  const renderer = await openRenderer(
    { modelName, rendererName, anyRenderer },
    { models, renderers },
    { tokenizer },
  );
  checkLabelTokens(renderer, tokenizer);
  const place = checkpoint ?? modelName;
  if (checkpoint !== undefined) await checkCheckpoint(checkpoint, { engine, modelName, tokenizer });
  const source = checkpoint === undefined ? { baseModel: modelName } : { modelPath: checkpoint };
  const policy = await engine.createSamplingClient(source).catch((cause: unknown) => {
    throw unfit(place, messageOf(cause), cause);
  });
  const judge = modelJudge({ policy, renderer, tokenizer });
  const { problem } = await judge.compare(PROBE).catch((cause: unknown) => {
    throw unfit(place, messageOf(cause), cause);
  });
  if (problem !== undefined) throw unfit(place, `asked which of two answers is better, it ${problem}`);
  return judge;
}

const cut = (by: Tokenizer) => by.encode(JSON.stringify(PROBE)).join();

/** What the engine knows about a checkpoint, if it keeps such a list: its kind, and for which model it was trained. */
async function checkCheckpoint(
  checkpoint: string,
  { engine, modelName, tokenizer }: { engine: Engine; modelName: string; tokenizer: Tokenizer },
): Promise<void> {
  const info = await engine.checkpoints?.info(checkpoint).catch((cause: unknown) => {
    throw unfit(checkpoint, messageOf(cause), cause);
  });
  if (info?.kind === 'state')
    throw unfit(checkpoint, 'a state, to go on training from: it cannot be sampled from');
  if (info?.baseModel === undefined || info.baseModel === modelName) return;
  const own = await engine.getTokenizer(info.baseModel);
  if (own.vocabSize === tokenizer.vocabSize && cut(own) === cut(tokenizer)) return;
  throw unfit(
    checkpoint,
    `weights for ${info.baseModel}, whose tokens are others than those of ${modelName}`,
  );
}

function unfit(at: string, found: string, cause?: unknown): TinsmithError {
  return new TinsmithError({
    code: 'REWARD_MODEL_UNFIT',
    message: 'the checkpoint is no reward model that can be asked',
    at,
    found,
    fix: 'a `sampler_path` of a reward model, with the modelName and the rendererName that it was trained with',
    cause,
  });
}
