/** Episodes of an agent with tools, turn by turn, against the reference. What differs, and why, is listed at each comparison. */
import {
  type Message,
  type Metrics,
  modelInput,
  type ParsedResponse,
  type Renderer,
  type SampleRequest,
  type SamplingClient,
  textOf,
  type Termination,
  type ToolCall,
} from '@tinsmith/core';
import { expect } from 'vitest';
import {
  errorPolicyOf,
  messageEnv,
  type ParseErrorPolicy,
  rewardsWithTermination,
  rollOut,
  rolloutDefaults,
  toolEnv,
} from '../src/index.js';
import { isClose, testGoldenRows } from './golden.js';

interface Reply {
  readonly text: string;
  readonly n_tokens?: number;
  readonly stop_reason?: 'stop' | 'length';
  readonly termination?: Termination;
  readonly tool_calls?: readonly { readonly name: string; readonly arguments: string; readonly id: string }[];
  readonly unparsed?: readonly string[];
}

interface Episode {
  readonly initial_messages: readonly Message[];
  readonly env: {
    readonly max_turns: number;
    readonly failed_parse_reward: number;
    readonly terminate_on_parse_error: boolean;
    readonly max_tool_calls: number | null;
    readonly max_trajectory_tokens: number | null;
    readonly max_generation_tokens: number | null;
    readonly context_overflow_reward: number;
    readonly terminate_on_length: boolean;
  };
  readonly limits: Readonly<Record<string, number>>;
  readonly parse_errors: Readonly<Record<string, number | boolean | string>> | null;
  readonly termination: { readonly pass_all_messages_to_grader: boolean } | null;
  readonly script: readonly Reply[];
}

interface Turn {
  readonly max_tokens?: number | null;
  readonly ob_len?: number;
  readonly n_tokens?: number;
  readonly stop_reason?: string;
  readonly reward: number;
  readonly done: boolean;
  readonly metrics: Metrics;
}

type Outcome =
  | { readonly error: string }
  | {
      readonly turns: readonly Turn[];
      readonly stop_reason: string;
      readonly total_reward: number;
      readonly tools_run: readonly (readonly [string, unknown])[];
      readonly graded_message_counts: readonly number[];
      readonly final_messages: readonly Message[];
    };

/** A policy and a renderer in one: replies come from the script, their tokens mean nothing. */
class Script implements SamplingClient {
  readonly maxTokens: (number | null)[] = [];
  readonly #script: readonly Reply[];
  #call = 0;

  constructor(script: readonly Reply[]) {
    this.#script = script;
  }

  async sample({ samplingParams }: SampleRequest) {
    const reply = this.#script[this.#call++];
    if (!reply) throw new Error('the script is over');
    const { maxTokens = Infinity } = samplingParams;
    this.maxTokens.push(Number.isFinite(maxTokens) ? maxTokens : null);
    const isCut = (reply.n_tokens ?? 4) > maxTokens;
    const tokens = Array.from({ length: isCut ? maxTokens : (reply.n_tokens ?? 4) }, () => 7);
    const stopReason = isCut ? 'length' : (reply.stop_reason ?? 'stop');
    return { sequences: [{ tokens, logprobs: tokens.map(() => -1), stopReason } as const] };
  }

  computeLogprobs(): Promise<never> {
    throw new Error('nothing is scored');
  }

  /** A prompt is, per message, a token in front, one per code point, one behind; and one at the end. */
  readonly renderer = {
    stopSequences: [9],
    buildGenerationPrompt: (messages: readonly Message[]) => {
      const length = messages.reduce((sum, message) => sum + 2 + Array.from(textOf(message)).length, 1);
      return modelInput(Array.from({ length }, (_, index) => index));
    },
    parseResponse: (): ParsedResponse => {
      const { text, termination = 'stop_sequence', tool_calls, unparsed } = this.#script[this.#call - 1]!;
      const message = {
        role: 'assistant',
        content: text,
        ...(tool_calls && { tool_calls: tool_calls.map(toCall) }),
        ...(unparsed && { unparsed_tool_calls: unparsed.map(error => ({ raw_text: '', error })) }),
      };
      return { message, termination };
    },
  } as unknown as Renderer;
}

const toCall = ({ name, arguments: args, id }: NonNullable<Reply['tool_calls']>[number]): ToolCall => ({
  id,
  function: { name, arguments: args },
});

/** Python's words about text that is no JSON are not ours: what follows them differs in length. */
const hasBadArguments = ({ script }: Episode) =>
  script.some(({ tool_calls = [] }) =>
    tool_calls.some(({ arguments: args }) => {
      try {
        return JSON.parse(args) === undefined;
      } catch {
        return true;
      }
    }),
  );

testGoldenRows<Episode, Outcome>('environments', 'rollout', async ({ input, expected }) => {
  const { env, limits } = input;
  const script = new Script(input.script);
  const toolsRun: [string, unknown][] = [];
  const graded: number[] = [];
  const parseErrors = policyOf(input.parse_errors);
  const tool = (name: string) => ({
    name,
    run: (given: unknown) => {
      toolsRun.push([name, given]);
      return { content: 'ok', stop: name === 'stop' };
    },
  });
  const conversation = toolEnv({
    initialMessages: input.initial_messages,
    tools: [tool('echo'), tool('stop')],
    grade: messages => {
      graded.push(messages.length);
      return { reward: 1, metrics: { graded: 1 } };
    },
    gradesWholeConversation: input.termination?.pass_all_messages_to_grader ?? true,
    maxTurns: env.max_turns,
    maxToolCalls: Math.min(env.max_tool_calls ?? Infinity, limits['max_tool_calls'] ?? Infinity),
    failedParseReward: env.failed_parse_reward,
    terminateOnParseError: env.terminate_on_parse_error,
    parseErrors,
  });
  const play = rollOut(
    messageEnv(conversation, {
      renderer: script.renderer,
      failedParseReward: env.failed_parse_reward,
      terminateOnParseError: env.terminate_on_parse_error,
      contextOverflowReward: env.context_overflow_reward,
      terminateOnLength: env.terminate_on_length,
      maxTrajectoryTokens: env.max_trajectory_tokens ?? undefined,
      maxGenerationTokens: env.max_generation_tokens ?? undefined,
      parseErrors,
    }),
    script,
    {
      maxTokens: Infinity,
      temperature: 1,
      seed: 0,
      limits: {
        maxTurns: limits['max_turns'],
        maxTrajectoryTokens: limits['max_trajectory_tokens'],
        maxSampledTokens: limits['max_sampled_tokens'],
        maxTurnTokens: limits['max_turn_tokens'],
      },
    },
  );
  if ('error' in expected) return expect(play).rejects.toThrow('the script is over');
  const { transitions, stopReason } = await play;
  expect(stopReason).toBe(expected.stop_reason);
  expect(toolsRun).toEqual(expected.tools_run);
  expect(graded).toEqual(expected.graded_message_counts);
  expect(transitions).toHaveLength(expected.turns.length);
  for (const [
    index,
    { metrics, reward, n_tokens = 0, max_tokens, stop_reason },
  ] of expected.turns.entries()) {
    const { action, ...own } = transitions[index]!;
    expect(own.metrics).toEqual(metrics);
    expect(isClose(own.reward, reward)).toBe(true);
    expect(action.tokens).toHaveLength(n_tokens);
    if (stop_reason === undefined) continue; // nothing was sampled
    expect(action.stopReason).toBe(stop_reason);
    expect(script.maxTokens[index]).toBe(max_tokens);
  }
  if (hasBadArguments(input)) return;
  const lengths = transitions.map(({ observation }) =>
    observation.chunks[0]?.type === 'encoded_text' ? observation.chunks[0].tokens.length : 0,
  );
  for (const [index, { ob_len }] of expected.turns.entries()) {
    // Deviation: after a turn that cannot be read the policy sees the same prompt again; there, an empty one.
    if (ob_len !== undefined && ob_len !== 0) expect(lengths[index]).toBe(ob_len);
  }
  expect(conversation.keep!({ role: 'end', content: '' }).slice(0, -1).map(plain)).toEqual(
    expected.final_messages,
  );
});

const plain = ({ role, content }: Message) => ({ role, content });

function policyOf(given: Episode['parse_errors']): ParseErrorPolicy | undefined {
  if (!given) return undefined;
  return {
    maxConsecutive: given['max_consecutive'] as number | undefined,
    retryMessageTemplate: given['retry_message_template'] as string | undefined,
    penaltyPerError: given['penalty_per_error'] as number | undefined,
    terminalReward: given['terminal_reward'] as number | undefined,
    maskErrorTurns: given['mask_error_turns'] as boolean | undefined,
  };
}

interface Clamped {
  readonly policy: { readonly zero_reward_on_limit: boolean; readonly skip_grading_on_timeout: boolean };
  readonly trajectories: readonly {
    readonly stop_reason: string | null;
    readonly step_rewards: readonly number[];
  }[];
  readonly graded_rewards: readonly number[];
}

testGoldenRows<Clamped, { grading_skipped: boolean; group_rewards: number[]; metrics: Metrics[] }>(
  'environments',
  'termination_clamp',
  async ({ input, expected }) => {
    let isGraded = false;
    const trajectories = input.trajectories.map(({ stop_reason, step_rewards }) => ({
      ...(stop_reason !== null && { stopReason: stop_reason }),
      transitions: step_rewards.map(reward => ({
        observation: modelInput([1]),
        action: { tokens: [1], logprobs: [-1], stopReason: 'stop' as const },
        reward,
        metrics: {},
        logs: {},
      })),
    }));
    const grade = () => {
      isGraded = true;
      return input.graded_rewards.map(reward => ({ reward }));
    };
    const rewards = await rewardsWithTermination(trajectories, grade, {
      zeroRewardOnLimit: input.policy.zero_reward_on_limit,
      skipGradingOnTimeout: input.policy.skip_grading_on_timeout,
    });
    expect(isGraded).toBe(!expected.grading_skipped);
    expect(rewards.filter(({ reward }, index) => !isClose(reward, expected.group_rewards[index]!))).toEqual(
      [],
    );
    expect(rewards.map(reward => ('metrics' in reward ? reward.metrics : {}))).toEqual(expected.metrics);
  },
);

const STRATEGIES = { fail_fast: 'FailFast', retry: 'RetryOnFailure', min_viable: 'MinViableGroup' };

testGoldenRows<
  { model?: string; rollout_error_tolerance?: boolean },
  { preset?: string; strategy: string; max_retries?: number | null }
>('environments', 'rollout_defaults', ({ input, expected }) => {
  if (input.model !== undefined) {
    const { preset, errorPolicy } = rolloutDefaults(input.model);
    return expect({ preset, strategy: STRATEGIES[errorPolicy.kind] }).toEqual(expected);
  }
  const policy = errorPolicyOf(input.rollout_error_tolerance);
  expect({
    strategy: STRATEGIES[policy.kind],
    max_retries: ('maxRetries' in policy ? policy.maxRetries : undefined) ?? null,
  }).toEqual(expected);
});
