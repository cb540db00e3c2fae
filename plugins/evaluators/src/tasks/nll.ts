/** How surprised a model is by conversations that it has not been trained on: nats per token and bits per byte of text. */
import {
  type Conversation,
  type Datum,
  type EvaluationContext,
  type Evaluator,
  type RowSource,
} from '@tinsmith/core';
import { conversationData, measureNll, scoredSequence, trainOnWhat } from '@tinsmith/training';
import { z } from 'zod';
import { dataShape } from '../answers/options.js';
import { collect, openRows } from './rows.js';

export const nllOptions = z.strictObject({
  name: z.string().default('nll').describe('For metrics and files.'),
  dataset: z.string().describe('A hub id, a folder or a file; rows with messages.'),
  ...dataShape,
  trainOnWhat: trainOnWhat.default('all_assistant_messages').describe('Which messages are measured.'),
  maxLength: z.int().positive().default(16_384).describe('Longer examples are cut on the right.'),
  batchSize: z.int().positive().default(64).describe('Examples that the engine gets at once.'),
});

type NllOptions = z.output<typeof nllOptions>;

export function nll(options: NllOptions, rows: RowSource | undefined): Evaluator {
  const { name } = options;
  let conversations: readonly Conversation[] | undefined;
  return {
    name,
    async evaluate(context) {
      conversations ??= await read(options, rows);
      const data = conversations.flatMap(row =>
        conversationData(row, { renderer: context.renderer, ...options }),
      );
      const logprobs: ArrayLike<number>[] = [];
      for (let start = 0; start < data.length; start += options.batchSize) {
        context.signal.throwIfAborted();
        logprobs.push(...(await score(data.slice(start, start + options.batchSize), context)));
      }
      const { meanNll, bitsPerByte, numLossTokens } = measureNll(data, logprobs, context.tokenizer);
      const metrics = {
        nll: meanNll,
        bpb: bitsPerByte,
        num_loss_tokens: numLossTokens,
        num_examples: conversations.length,
      };
      return {
        metrics: Object.fromEntries(
          Object.entries(metrics)
            .filter(([, value]) => Number.isFinite(value))
            .map(([key, value]) => [`eval/${name}/${key}`, value]),
        ),
      };
    },
  };
}

async function read(options: NllOptions, rows: RowSource | undefined): Promise<readonly Conversation[]> {
  const { dataset: source, datasetConfig: config, split } = options;
  const opened = await openRows<Conversation>(rows, { source, config, split }, (found, request) =>
    found.conversations(request),
  );
  return collect(opened, options);
}

/** Of the targets. A training client scores a batch in one pass; a sampling client one sequence at a time. */
async function score(
  data: readonly Datum[],
  { training, sampling }: EvaluationContext,
): Promise<ArrayLike<number>[]> {
  if (training) {
    const { lossFnOutputs } = await training.forward(data, 'cross_entropy');
    return lossFnOutputs.map(outputs => outputs['logprobs']!.data);
  }
  const policy = await sampling();
  const scored = await Promise.all(data.map(datum => policy.computeLogprobs(scoredSequence(datum))));
  return scored.map(logprobs => logprobs.slice(1).map(logprob => logprob!)); // nothing predicts the first token
}
