/**
 * Environments that speak in messages, as environments of tokens: each observation is the rendering of the whole
 * conversation so far (cookbook-algorithms, section 5). Knows nothing about tools.
 */
import {
  type Env,
  inputLength,
  type Message,
  type Metrics,
  type Observation,
  parseFailure,
  type Renderer,
  type SampledSequence,
  type StepResult,
  type StopCondition,
} from '@tinsmith/core';

export interface MessageStep {
  readonly reward: number;
  readonly episodeDone: boolean;
  /** The whole conversation that the policy sees next. Absent when the episode is done. */
  readonly next?: readonly Message[];
  /** What ends the next turn; default: the renderer's. */
  readonly stop?: StopCondition;
  /** See `StepResult`. */
  readonly stopReason?: string;
  readonly metrics?: Metrics;
  readonly logs?: Readonly<Record<string, string | number>>;
}

/** One episode. */
export interface MessageEnv {
  initialMessages(): readonly Message[] | Promise<readonly Message[]>;
  /** The policy's message; calls in it that could not be read are in `unparsed_tool_calls`. */
  step(message: Message): MessageStep | Promise<MessageStep>;
  /** Takes a message into the conversation without a step, and gives the whole of it. For `terminateOnLength: false`. */
  keep?(message: Message): readonly Message[];
}

export interface MessageEnvOptions {
  readonly renderer: Renderer;
  /** What a turn earns that the renderer cannot read. Default -1. */
  readonly failedParseReward?: number | undefined;
  /** Default true. Otherwise the policy sees the same prompt again. */
  readonly terminateOnParseError?: boolean | undefined;
  /** What an episode earns that outgrows its room. Default -0.1. */
  readonly contextOverflowReward?: number | undefined;
  /** Default true: a turn that was cut off ends the episode. */
  readonly terminateOnLength?: boolean | undefined;
  /**
   * Default false. The environment judges each turn as it is, also one that was cut off or did not end as the chat format says:
   * for games, whose own rules say what is legal.
   */
  readonly judgesEveryTurn?: boolean | undefined;
  /** The longest observation, with room for `maxGenerationTokens`. Default: any. */
  readonly maxTrajectoryTokens?: number | undefined;
  readonly maxGenerationTokens?: number | undefined;
  /** Goes before failedParseReward and terminateOnParseError: such turns end the episode with `terminalReward`. */
  readonly parseErrors?: ParseErrorPolicy | undefined;
}

/** What becomes of turns with tool calls that cannot be read. A turn that does not end as it must is never tried again. */
export interface ParseErrorPolicy {
  /** So many in a row are answered with a corrective message. Default 0. */
  readonly maxConsecutive?: number | undefined;
  /** With `{details}` where the error goes. */
  readonly retryMessageTemplate?: string | undefined;
  /** Taken from the reward of each such turn. Default 0. */
  readonly penaltyPerError?: number | undefined;
  /** Of the turn that ends the episode. Default 0. */
  readonly terminalReward?: number | undefined;
  /** Do not train on such turns. Default false. */
  readonly maskErrorTurns?: boolean | undefined;
}

/**
 * A turn is judged in this order: cut off, unreadable, then by the environment; an episode that goes on must fit its room.
 * Metrics: `max_tokens_reached`, `parse_error`, `context_overflow`, 1 where it happened.
 */
export function messageEnv(env: MessageEnv, options: MessageEnvOptions): Env {
  const {
    renderer,
    failedParseReward = -1,
    terminateOnParseError = true,
    contextOverflowReward = -0.1,
    terminateOnLength = true,
    judgesEveryTurn = false,
    maxTrajectoryTokens = Infinity,
    maxGenerationTokens = 0,
    parseErrors,
  } = options;
  let current: Observation;
  const observe = (messages: readonly Message[], stop: StopCondition = renderer.stopSequences) => ({
    input: renderer.buildGenerationPrompt(messages),
    stop,
  });
  const overflows = ({ input }: Observation) =>
    inputLength(input) + maxGenerationTokens > maxTrajectoryTokens;
  const goOn = (next: Observation, step: Omit<StepResult, 'next' | 'episodeDone'>): StepResult => {
    if (!overflows(next)) {
      current = next;
      return { ...step, episodeDone: false, next };
    }
    const metrics = { ...step.metrics, context_overflow: 1 };
    return {
      ...step,
      reward: contextOverflowReward,
      episodeDone: true,
      stopReason: 'context_overflow',
      metrics,
    };
  };

  const cutOff = ({ tokens }: SampledSequence): StepResult => {
    if (terminateOnLength || !env.keep) {
      const metrics = { max_tokens_reached: 1 };
      return { reward: contextOverflowReward, episodeDone: true, stopReason: 'max_tokens', metrics };
    }
    const { content } = renderer.parseResponse(tokens).message; // tool calls in it are not carried out
    return goOn(observe(env.keep({ role: 'assistant', content })), { reward: 0 });
  };

  const unreadable = (): StepResult => {
    const metrics = { parse_error: 1, ...(parseErrors?.maskErrorTurns && { parse_error_masked: 1 }) };
    const reward = parseErrors ? (parseErrors.terminalReward ?? 0) : failedParseReward;
    if (parseErrors || terminateOnParseError)
      return { reward, episodeDone: true, stopReason: 'parse_error', metrics };
    return { reward, episodeDone: false, next: current, metrics };
  };

  return {
    async initialObservation() {
      current = observe(await env.initialMessages());
      if (!overflows(current)) return current;
      const metrics = { max_tokens_reached: 1 };
      return { ...current, ended: { reward: contextOverflowReward, stopReason: 'max_tokens', metrics } };
    },

    async step(action) {
      if (action.stopReason === 'length' && !judgesEveryTurn) return cutOff(action);
      const parsed = renderer.parseResponse(action.tokens);
      if (parseFailure(parsed)?.kind === 'structural' && !judgesEveryTurn) return unreadable();
      const { next, stop, episodeDone, ...step } = await env.step(parsed.message);
      if (episodeDone) return { ...step, episodeDone };
      // What goes on without saying how is refused by the rollout.
      return next ? goOn(observe(next, stop), step) : { ...step, episodeDone };
    },
  };
}
