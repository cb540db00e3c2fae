/**
 * A task of your own as an environment: rows, a prompt for each, a reward for each answer. One turn; what several turns need is
 * in message-env/. Knows nothing about where rows come from.
 */
import {
  type Environment,
  type Env,
  type Message,
  type Metrics,
  type Renderer,
  type RlDataset,
  type Termination,
  textOf,
} from '@tinsmith/core';
import { tableOrder } from './random/index.js';

export interface TaskReward {
  readonly reward: number;
  readonly metrics?: Metrics;
}

export interface TaskOptions<Row> {
  readonly rows: readonly Row[];
  /** Kept out of training and evaluated; none: no evaluation. */
  readonly testRows?: readonly Row[];
  /** The user's message, or the whole conversation. */
  readonly prompt: (row: Row) => string | readonly Message[];
  /** How good an answer is; 0 to 1 is usual, any number will do. `malformed` is an answer that was cut off. */
  readonly reward: (
    answer: string,
    row: Row,
    termination: Termination,
  ) => number | TaskReward | Promise<number | TaskReward>;
  /** How often a run meets each row, each time in another order. Default 1. */
  readonly passes?: number;
  /** What metrics are split by: `env/<tag>/...`. */
  readonly tag?: (row: Row) => string;
}

export function task<Row>({
  rows,
  testRows,
  prompt,
  reward,
  passes = 1,
  tag,
}: TaskOptions<Row>): Environment {
  const playOnce = (row: Row, renderer: Renderer): Env => {
    const question = prompt(row);
    const messages: readonly Message[] =
      typeof question === 'string' ? [{ role: 'user', content: question }] : question;
    return {
      initialObservation: () => ({
        input: renderer.buildGenerationPrompt(messages),
        stop: renderer.stopSequences,
      }),
      async step({ tokens }) {
        const { message, termination } = renderer.parseResponse(tokens);
        const answer = textOf(message);
        const earned = await reward(answer, row, termination);
        const { reward: given, metrics = {} } = typeof earned === 'number' ? { reward: earned } : earned;
        return {
          reward: given,
          episodeDone: true,
          metrics: { ...metrics, format: termination === 'malformed' ? 0 : 1 },
          logs: { question: textOf(messages.at(-1)!), answer },
        };
      },
    };
  };

  return {
    specification: 'v1',

    createDataset({ renderer, groupSize, groupsPerBatch, seed }) {
      const dataset = (order: readonly Row[], size: number): RlDataset => ({
        length: Math.ceil(order.length / groupsPerBatch),
        getBatch: index =>
          order.slice(index * groupsPerBatch, (index + 1) * groupsPerBatch).map(row => ({
            tags: tag ? [tag(row)] : [],
            makeEnvs: () => Array.from({ length: size }, () => playOnce(row, renderer)),
          })),
      });
      const orders = Array.from({ length: passes }, (_, pass) => [...tableOrder(rows.length, seed + pass)]);
      return {
        train: dataset(
          orders.flat().map(index => rows[index]!),
          groupSize,
        ),
        test: testRows && dataset(testRows, 1),
      };
    },
  };
}
