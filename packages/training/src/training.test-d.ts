/** What must not compile. */
import type { EnvGroupBuilder, SamplingClient, TrainingClient } from '@tinsmith/core';
import { computeAdvantages, rollOutGroup, trainStep } from './index.js';

declare const builder: EnvGroupBuilder;
declare const policy: SamplingClient;
declare const training: TrainingClient;

// @ts-expect-error a rollout without a seed cannot be repeated
void rollOutGroup(builder, policy, { maxTokens: 5, temperature: 1 });
// @ts-expect-error weights are trained, a snapshot is sampled
void rollOutGroup(builder, training, { maxTokens: 5, temperature: 1, seed: 0 });
// @ts-expect-error not a loss of the API
void trainStep(training, [], { learningRate: 1e-5, lossFn: 'grpo' });
// @ts-expect-error groups, not bare rewards: totals are counted in one place
computeAdvantages([[1, 0]]);
