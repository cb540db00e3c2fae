/**
 * The student answers, a teacher scores the same tokens, and what the student finds likelier than the teacher does becomes less
 * likely. The loop is `trainRl`, with the reverse KL as advantage. One teacher for each data set.
 */
import {
  type EnvGroupBuilder,
  type RlDataset,
  type Run,
  type SamplingClient,
  TinsmithError,
} from '@tinsmith/core';
import {
  assembleTrainingData,
  computeAdvantages,
  type RlLoopOptions,
  type RlParts,
  scoreTargets,
  trainRl,
} from '@tinsmith/training';
import { subtractReverseKl } from './reverse-kl.js';

/** Prompts, and who is asked about the answers to them. */
export interface Lesson {
  readonly dataset: RlDataset;
  readonly teacher: SamplingClient;
}

export interface OnPolicyParts extends Omit<RlParts, 'train' | 'toData'> {
  /** A batch has those of each; it ends with the shortest. */
  readonly lessons: readonly Lesson[];
}

export async function trainOnPolicy(
  run: Run,
  options: Omit<RlLoopOptions, 'removeConstantRewardGroups' | 'klReferenceConfig'>,
  { lessons, ...parts }: OnPolicyParts,
): Promise<void> {
  const { klPenaltyCoef: coefficient, klDiscountFactor: discount } = options;
  const lessonOf = new WeakMap<EnvGroupBuilder, number>();
  const train: RlDataset = {
    length: Math.min(...lessons.map(({ dataset }) => dataset.length)),
    async getBatch(index) {
      const batches = await Promise.all(lessons.map(async ({ dataset }) => dataset.getBatch(index)));
      batches.forEach((builders, lesson) => builders.forEach(builder => lessonOf.set(builder, lesson)));
      return batches.flat();
    },
  };
  const find = (builder: EnvGroupBuilder | undefined): number => {
    const lesson = builder && lessonOf.get(builder);
    if (lesson !== undefined) return lesson;
    throw new TinsmithError({
      code: 'ROLLOUTS_UNKNOWN',
      message:
        'a group of rollouts does not say which prompt it answers, so nobody knows which teacher to ask',
      fix: 'keep `builder` of each group when a plugin changes rollouts',
    });
  };

  await trainRl(
    run,
    { ...options, removeConstantRewardGroups: false },
    {
      ...parts,
      train,
      areRewardsCompared: false,
      batchOption: 'groupsPerBatch',
      async toData(groups) {
        const { data, sources } = assembleTrainingData(groups, computeAdvantages(groups));
        const datasets = sources.map(({ group }) => find(groups[group]!.builder));
        const scores = await run.span('teacher_logprobs', () =>
          Promise.all(
            data.map(async (datum, i) => (await scoreTargets(lessons[datasets[i]!]!.teacher, [datum]))[0]!),
          ),
        );
        return subtractReverseKl(data, scores, { coefficient, discount, datasets });
      },
    },
  );
}
