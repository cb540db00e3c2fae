/**
 * Games with a secret as a data set: each group is several games with the same secret. Knows nothing about what the secret is or
 * how it is played for.
 */
import type { EnvGroupBuilder, Renderer, RlDataset } from '@tinsmith/core';
import { type MessageEnv, messageEnv } from '@tinsmith/training';

export interface GameDatasetOptions<Secret> {
  readonly renderer: Renderer;
  /** In the order that they are played. */
  readonly secrets: readonly Secret[];
  readonly batchSize: number;
  readonly groupSize: number;
  /** `group` counts through the data set, `member` through its group: seeds can be made of them. */
  readonly newGame: (
    secret: Secret,
    place: { readonly group: number; readonly member: number },
  ) => MessageEnv;
}

/** Secrets that do not fill a batch are left out. */
export function gameDataset<Secret>(options: GameDatasetOptions<Secret>): RlDataset {
  const { renderer, secrets, batchSize, groupSize, newGame } = options;
  const groupOf = (secret: Secret, group: number): EnvGroupBuilder => ({
    tags: [],
    makeEnvs: () =>
      Array.from({ length: groupSize }, (_, member) =>
        messageEnv(newGame(secret, { group, member }), { renderer, judgesEveryTurn: true }),
      ),
  });
  return {
    length: Math.floor(secrets.length / batchSize),
    getBatch(index) {
      const first = index * batchSize;
      return secrets.slice(first, first + batchSize).map((secret, i) => groupOf(secret, first + i));
    },
  };
}

/** A data set of one batch, to evaluate on; none without secrets. */
export function testDataset<Secret>(
  options: Omit<GameDatasetOptions<Secret>, 'batchSize'>,
): RlDataset | undefined {
  const { length } = options.secrets;
  return length > 0 ? gameDataset({ ...options, batchSize: length }) : undefined;
}

/** The secrets again and again, in the same order. */
export const repeated = <Secret>(secrets: readonly Secret[], times: number): Secret[] =>
  Array.from({ length: times }, () => secrets).flat();
