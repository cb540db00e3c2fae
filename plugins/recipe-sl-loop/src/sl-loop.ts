/**
 * Supervised fine-tuning in one file: conversations become token ids with weights, and the tokens that have a weight
 * become likelier. To be read, copied and changed.
 *
 * It leaves out warm-up, weight decay, several epochs, evaluation on a test set, and submitting steps ahead.
 */
import {
  type Conversation,
  type Datum,
  defineRecipe,
  Engines,
  float32,
  inputLength,
  int64,
  modelInput,
  Models,
  originOf,
  Renderers,
  RowSources,
  type SupervisedExample,
  TinsmithError,
} from '@tinsmith/core';
import { checkModelAndRenderer, openRenderer } from '@tinsmith/training/options';
import { slLoopOptions } from './options.js';

export const slLoop = defineRecipe({
  uses: { engine: Engines },
  deps: { models: Models, renderers: Renderers, rows: RowSources },
  options: slLoopOptions,
  batchOptions: ['dataset', 'datasetConfig', 'datasetSplit', 'batchSize'],
  check: checkModelAndRenderer,

  async run(run, options, { engine, models, renderers, rows }) {
    const { measureNll, openTraining, stepsToRun } = await import('@tinsmith/training'); // for a run; a check needs none of it
    const { batchSize, maxLength, trainOnWhat, saveEvery, ttlSeconds } = options;
    const tokenizer = await engine.getTokenizer(options.modelName);
    const renderer = await openRenderer(options, { models, renderers }, { tokenizer });

    const conversations = await rows.conversations({
      source: options.dataset,
      config: options.datasetConfig,
      split: options.datasetSplit,
    });
    const batches = await conversations
      .shuffle({ seed: run.seed })
      .batches({ size: batchSize, partial: 'drop' })
      .table();

    const steps = stepsToRun(run, batches.length, options);
    if (!steps) return; // all are done
    const { start, end } = steps;
    const training = await openTraining(engine, run, options); // new weights, or those of the last checkpoint

    for (let step = start; step < end; step++) {
      const goOn = await run.step(step, async () => {
        const progress = step / batches.length; // of the data set, also where maxSteps ends the run before
        const learningRate = options.learningRate * Math.max(0, 1 - progress);

        // 1. Conversations to examples: tokens, and for each whether it is to be learnt.
        const data = (await batches.at(step)).flatMap((conversation: Conversation) =>
          renderer
            .buildSupervisedExamples(conversation.messages, trainOnWhat)
            .map(example => toDatum(example, maxLength, originOf(conversation))),
        );

        // 2. Those become likelier. Both calls are submitted before either is awaited: engines keep the order.
        const [pass, update] = await run.span('train', () =>
          Promise.all([
            training.forwardBackward(data, 'cross_entropy'),
            training.optimStep({ learningRate, beta1: 0.9, beta2: 0.95, eps: 1e-8 }), // the API's own eps is 1e-12
          ]),
        );

        // 3. How surprising they were, per token and per byte of text.
        const logprobs = pass.lossFnOutputs.map(outputs => outputs['logprobs']!.data);
        const { meanNll, bitsPerByte } = measureNll(data, logprobs, tokenizer);
        return {
          num_sequences: data.length,
          num_tokens: data.reduce((sum, datum) => sum + inputLength(datum.modelInput), 0),
          learning_rate: learningRate,
          train_mean_nll: meanNll,
          train_mean_bpb: bitsPerByte,
          progress,
          ...update.metrics,
        };
      });

      const batch = step + 1; // the next one to run, which is what a checkpoint says
      const isStopped = !goOn && batch < end;
      if (isStopped || (saveEvery > 0 && batch % saveEvery === 0 && batch < end)) {
        const life = ttlSeconds !== null && { ttlSeconds };
        await run.checkpoints.save(training, {
          name: String(batch).padStart(6, '0'),
          batch,
          kind: 'state',
          ...life,
        });
      }
      if (isStopped) return;
    }
    await run.checkpoints.save(training, { name: 'final', batch: end });
  },
});

/**
 * Position i of the input predicts token i + 1, so the input lacks the last token, the targets and the weights the
 * first. The weights of an example sum to 1: a long answer counts no more than a short one. Where all that is learnt
 * is cut off they stay 0, and nothing is.
 *
 * Throws TRAINING_EXAMPLE_UNTRAINED for a conversation with nothing to learn at any length.
 */
function toDatum({ tokens, weights }: SupervisedExample, maxLength: number, at: string | undefined): Datum {
  if (weights.every(weight => weight === 0)) {
    throw new TinsmithError({
      code: 'TRAINING_EXAMPLE_UNTRAINED',
      message: 'nothing in this conversation is learnt',
      at,
      found: `${tokens.length} tokens, none of them with a weight`,
      fix: 'another trainOnWhat, or leave the row out',
    });
  }
  const kept = tokens.slice(0, maxLength);
  const shifted = weights.slice(1, kept.length);
  const total = shifted.reduce((sum, weight) => sum + weight, 0) || 1;
  return {
    modelInput: modelInput(kept.slice(0, -1)),
    lossFnInputs: {
      target_tokens: int64(kept.slice(1)),
      weights: float32(shifted.map(weight => weight / total)),
    },
  };
}
