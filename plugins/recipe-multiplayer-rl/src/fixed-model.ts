/** A model that stays as it is, beside the one that learns: it answers questions, or sits in the other seat. */
import { type Engine, type Message, messageOf, type StopCondition, TinsmithError } from '@tinsmith/core';
import { openRenderer, type RendererChoice, type RendererRegistries } from '@tinsmith/training/options';

export interface FixedModelOptions {
  readonly choice: RendererChoice;
  /** Its weights; undefined: those of the base model. */
  readonly modelPath?: string | undefined;
  readonly maxTokens: number;
  /** What ends its turn. Default: as the chat format has it. */
  readonly stop?: StopCondition | undefined;
  /** What it is in the game, for people and for the code of its failures: `answerer`, ANSWERER_FAILED. */
  readonly part: 'answerer' | 'opponent';
}

/** Its next turn; the same seed gives the same turn. */
export type FixedModel = (messages: readonly Message[], seed: number) => Promise<Message>;

/** @throws ANSWERER_FAILED or OPPONENT_FAILED from its calls */
export async function openFixedModel(
  engine: Engine,
  { choice, modelPath, part, ...completer }: FixedModelOptions,
  registries: RendererRegistries,
): Promise<FixedModel> {
  const { messageCompleter } = await import('@tinsmith/training'); // for a run; a check needs none of it
  const { modelName } = choice;
  const tokenizer = await engine.getTokenizer(modelName);
  const renderer = await openRenderer(choice, registries, { tokenizer });
  const source = modelPath === undefined ? { baseModel: modelName } : { modelPath };
  const complete = messageCompleter(await engine.createSamplingClient(source), { renderer, ...completer });
  return async (messages, seed) => {
    try {
      return await complete(messages, { seed });
    } catch (error) {
      throw new TinsmithError({
        code: part === 'answerer' ? 'ANSWERER_FAILED' : 'OPPONENT_FAILED',
        message: `the ${part} "${modelName}" did not answer`,
        found: messageOf(error),
        fix: 'rolloutErrorTolerance: true tries the game again; a run that failed can be resumed',
        cause: error,
      });
    }
  };
}
