/** The functions of this package against the reference's results. */
import {
  type Datum,
  float32,
  int64,
  type Metrics,
  modelInput,
  TinsmithError,
  type TensorData,
  type Trajectory,
  type TrajectoryGroup,
} from '@tinsmith/core';
import { expect, test } from 'vitest';
import {
  assembleTrainingData,
  computeAdvantages,
  floatText,
  inputOf,
  itemsOf,
  klSampleTrain,
  removeConstantGroups,
  splitList,
  totalRewards,
  trainStep,
  trajectoryMetrics,
  trajectoryToData,
} from '../src/index.js';
import { RecordingTrainingClient } from './recording-training-client.js';
import { decodeNumber, type GoldenItem, goldenRows, isClose, sequenceOf, testGoldenRows } from './golden.js';

/** Operations of the categories below that other packages implement and test. */
const ELSEWHERE = [
  'run_name',
  'batch_counts',
  'sl_loop_lr',
  'last_checkpoint',
  'record_round_trip',
  'distillation_penalty',
  'off_policy_topk',
];
/** Operations that no test covers yet: the one list of what is skipped. */
const LATER = {
  soft_targets: `sdft_forward sdft_importance sdft_reverse_data sdft_reverse_loss sdft_teacher_messages`,
  checkpoints_logs: `sweep_grid sweep_budget`,
};
const HERE = `advantages remove_constant_groups trajectory_to_data assemble trajectory_metrics kl_sample_train
  split_list substeps float_text lr_multiplier sft_steps eval_decisions get_lr
  dict_mean sampling_client_metrics pass_at_k pass_at_k_table pass_k_values
  stream_minibatch staleness domain_counts completer_max_tokens lora_param_count
  save_decisions trainer_run datum right_shift nll_bpb post_kl kl_penalty discounted_future_sum error_counter`;

test.each([
  'advantages',
  'trajectories',
  'rl_metrics',
  'kl',
  'schedules',
  'checkpoints_logs',
  'supervised',
  'soft_targets',
])('every operation of %s is known', category => {
  const ops = new Set(goldenRows(category).map(row => row.op));
  const known = [HERE, ...Object.values(LATER)].flatMap(names => names.split(/\s+/));
  expect([...ops].filter(op => ![...known, ...ELSEWHERE].includes(op))).toEqual([]);
});

// ---- advantages

interface RewardGroups {
  readonly groups: readonly {
    readonly step_rewards: readonly (readonly (number | string)[])[];
    readonly group_rewards: readonly (number | string)[];
  }[];
}

const rewardGroups = ({ groups }: RewardGroups): TrajectoryGroup[] =>
  groups.map(({ step_rewards, group_rewards }) => ({
    tags: [],
    trajectories: step_rewards.map(rewards => ({
      transitions: rewards.map(reward =>
        transition({ ob: [], ac: [], logprobs: [], reward: decodeNumber(reward) }),
      ),
    })),
    groupRewards: group_rewards.map(decodeNumber),
  }));

testGoldenRows<RewardGroups, { totals: (number | string)[][]; advantages: (number | string)[][] }>(
  'advantages',
  'advantages',
  ({ input, expected }) => {
    const groups = rewardGroups(input);
    expectClose(groups.map(totalRewards), expected.totals);
    expectClose(computeAdvantages(groups), expected.advantages);
  },
);

testGoldenRows<RewardGroups, { kept: number[] }>(
  'advantages',
  'remove_constant_groups',
  ({ input, expected }) => {
    const groups = rewardGroups(input);
    expect(removeConstantGroups(groups).map(group => groups.indexOf(group))).toEqual(expected.kept);
  },
);

// ---- trajectories

interface GoldenTransition {
  readonly ob: readonly GoldenItem[];
  readonly ac: readonly number[];
  readonly logprobs: readonly number[];
  readonly reward?: number;
  readonly metrics?: Metrics;
}
type GoldenDatum = { readonly model_input: GoldenItem[] } & Record<string, TensorData>;
type GoldenData = { readonly error: string } | { readonly data: GoldenDatum[]; readonly metadata?: unknown };

const transition = ({ ob, ac, logprobs, reward = 0, metrics = {} }: GoldenTransition) => ({
  observation: inputOf(sequenceOf(ob)),
  action: { tokens: ac, logprobs, stopReason: 'stop' as const },
  reward,
  metrics,
  logs: {},
});

testGoldenRows<{ transitions: GoldenTransition[]; advantage: number }, GoldenData>(
  'trajectories',
  'trajectory_to_data',
  ({ input, expected }) => {
    const convert = () =>
      trajectoryToData({ transitions: input.transitions.map(transition) }, input.advantage);
    if ('error' in expected) return expectRefused(convert);
    expectData(convert(), expected.data);
  },
);

testGoldenRows<{ groups: { trajectories: GoldenTransition[][]; group_rewards: number[] }[] }, GoldenData>(
  'trajectories',
  'assemble',
  ({ input, expected }) => {
    if ('error' in expected) throw new Error('no row of this operation is an error');
    const groups = input.groups.map(({ trajectories, group_rewards }) => ({
      tags: [],
      trajectories: trajectories.map(steps => ({ transitions: steps.map(transition) })),
      groupRewards: group_rewards,
    }));
    const { data, sources } = assembleTrainingData(groups, computeAdvantages(groups));
    expectData(data, expected.data);
    const metadata = sources.map(({ group, trajectory }) => ({ group_idx: group, traj_idx: trajectory }));
    expect(metadata).toEqual(expected.metadata);
  },
);

function expectData(data: readonly Datum[], expected: readonly GoldenDatum[]) {
  expect(data.map(datum => itemsOf(datum.modelInput))).toEqual(
    expected.map(datum => sequenceOf(datum.model_input)),
  );
  for (const [index, { model_input: _, ...tensors }] of expected.entries()) {
    const { lossFnInputs } = data[index]!;
    expect(Object.keys(lossFnInputs).toSorted()).toEqual(Object.keys(tensors).toSorted());
    for (const [name, tensor] of Object.entries(tensors)) {
      // Deviation: the reference makes the advantages of a datum without any action token int64. Ours are float32.
      const dtype = name === 'advantages' ? 'float32' : tensor.dtype;
      expect(lossFnInputs[name]!.dtype).toBe(dtype);
      expectClose([Array.from(lossFnInputs[name]!.data)], [Array.from(tensor.data)]);
    }
  }
}

// ---- metrics

interface MetricGroups {
  readonly groups: readonly {
    readonly trajectories: readonly (readonly {
      readonly ob_len: number;
      readonly ac_len: number;
      readonly reward: number;
      readonly metrics: Metrics;
    }[])[];
    readonly group_rewards: readonly number[];
    readonly group_metrics: readonly Metrics[];
  }[];
  readonly tags: readonly (readonly string[])[];
}

testGoldenRows<MetricGroups, Record<string, number>>(
  'rl_metrics',
  'trajectory_metrics',
  ({ input, expected }) => {
    const groups = input.groups.map(({ trajectories, group_rewards, group_metrics }, index) => ({
      tags: input.tags[index] ?? [],
      trajectories: trajectories.map((steps): Trajectory => ({
        transitions: steps.map(({ ob_len, ac_len, reward, metrics }) =>
          transition({ ob: zeros(ob_len), ac: zeros(ac_len), logprobs: zeros(ac_len), reward, metrics }),
        ),
      })),
      groupRewards: group_rewards,
      groupMetrics: group_metrics,
    }));
    expectMetrics(trajectoryMetrics(groups), expected);
  },
);

interface KlInput {
  readonly data: readonly {
    readonly model_input: number[];
    readonly target_tokens: number[];
    readonly logprobs: number[];
    readonly advantages: number[];
    readonly mask: number[];
  }[];
  readonly training_logprobs: readonly number[][];
}

testGoldenRows<KlInput, Record<string, number> | { error: string }>(
  'kl',
  'kl_sample_train',
  ({ input, expected }) => {
    const data = input.data.map(({ model_input, target_tokens, logprobs, advantages, mask }) => ({
      modelInput: modelInput(model_input),
      lossFnInputs: {
        target_tokens: int64(target_tokens),
        logprobs: float32(logprobs),
        advantages: float32(advantages),
        mask: float32(mask),
      },
    }));
    if ('error' in expected) return expectRefused(() => klSampleTrain(data, input.training_logprobs));
    expectMetrics(klSampleTrain(data, input.training_logprobs), expected);
  },
);

// ---- schedules

testGoldenRows<{ n: number; num_splits: number }, { sizes: number[] } | { error: string }>(
  'schedules',
  'split_list',
  ({ input, expected }) => {
    const split = () => splitList(zeros(input.n), input.num_splits).map(part => part.length);
    if ('error' in expected) return expect(split).toThrow(RangeError);
    expect(split()).toEqual(expected.sizes);
  },
);

testGoldenRows<{ n_datums: number; num_substeps: number }, { sizes: number[] } | { error: string }>(
  'schedules',
  'substeps',
  async ({ input, expected }) => {
    const training = new RecordingTrainingClient();
    const data = zeros(input.n_datums).map(() => datumOfOneToken);
    const step = trainStep(training, data, {
      learningRate: 1e-5,
      lossFn: 'importance_sampling',
      numSubsteps: input.num_substeps,
    });
    if ('error' in expected) return expect(step).rejects.toSatisfy(isOurs);
    await step;
    expect(training.passes.map(pass => pass.data.length)).toEqual(expected.sizes);
  },
);

const datumOfOneToken: Datum = {
  modelInput: modelInput([1]),
  lossFnInputs: {
    target_tokens: int64([2]),
    logprobs: float32([-1]),
    advantages: float32([1]),
    mask: float32([1]),
  },
};

// ---- names

testGoldenRows<{ value: number | string }, { str: string }>(
  'checkpoints_logs',
  'float_text',
  ({ input, expected }) => expect(floatText(decodeNumber(input.value))).toBe(expected.str),
);

// ----

const zeros = (length: number): number[] => Array.from({ length }, () => 0);

function expectClose(
  actual: readonly (readonly number[])[],
  expected: readonly (readonly (number | string)[])[],
) {
  expect(actual.map(row => row.length)).toEqual(expected.map(row => row.length));
  const far = actual.flatMap((row, i) => row.filter((value, j) => !isClose(value, expected[i]![j]!)));
  expect(far).toEqual([]);
}

function expectMetrics(actual: Metrics, expected: Record<string, number>) {
  expect(Object.keys(actual).toSorted()).toEqual(Object.keys(expected).toSorted());
  const far = Object.entries(expected).filter(([key, value]) => !isClose(actual[key]!, value));
  expect(far).toEqual([]);
}

const isOurs = (error: unknown) => TinsmithError.is(error);

function expectRefused(call: () => unknown) {
  expect(call).toThrow(expect.toSatisfy(isOurs));
}
