/** A task for an agent with tools, as a group of episodes (cookbook-algorithms, section 5). */
import { type EnvGroupBuilder, type Message, type Renderer, TinsmithError, type Tool } from '@tinsmith/core';
import {
  type Grade,
  messageEnv,
  type MessageEnvOptions,
  type TerminationPolicy,
  toolEnv,
  type ToolEnvOptions,
  withTermination,
} from '@tinsmith/training';
import { toEnvTool, type ToolLimits } from './env-tool.js';

export interface AgentLimits
  extends
    Pick<
      ToolEnvOptions,
      | 'maxTurns'
      | 'maxToolCalls'
      | 'runsInParallel'
      | 'failedParseReward'
      | 'terminateOnParseError'
      | 'parseErrors'
    >,
    Pick<
      MessageEnvOptions,
      'contextOverflowReward' | 'terminateOnLength' | 'maxTrajectoryTokens' | 'maxGenerationTokens'
    >,
    ToolLimits {
  /** Rewards of episodes that a limit ended. Default: as earned. */
  readonly termination?: TerminationPolicy | undefined;
}

export interface AgentTask {
  readonly tools: readonly Tool[];
  /** Goes before the task, together with the declarations of the tools. */
  readonly systemPrompt?: string | undefined;
  /** What is asked. */
  readonly messages: readonly Message[];
  /**
   * What an episode earns: called once, when it has ended by itself or by a limit of the environment, with the whole
   * conversation.
   */
  readonly grade: (messages: readonly Message[]) => Grade | Promise<Grade>;
}

export interface AgentGroupOptions extends AgentLimits {
  readonly renderer: Renderer;
  readonly groupSize: number;
  /** Names that metrics are split by. */
  readonly tags: readonly string[];
}

/** @throws TOOL_DUPLICATE; what the renderer throws if its format has no tools. */
export function agentGroup(task: AgentTask, options: AgentGroupOptions): EnvGroupBuilder {
  const { renderer, groupSize, tags, termination, timeoutSeconds, maxResultCharacters, ...limits } = options;
  refuseDuplicates(task.tools);
  const initialMessages = [...promptOf(task, renderer), ...task.messages];
  const { grade } = task;
  const { failedParseReward = -0.1 } = limits;
  let over = new AbortController();

  const builder: EnvGroupBuilder = {
    tags,
    makeEnvs() {
      const { signal } = over;
      const tools = task.tools.map(tool => toEnvTool(tool, { signal, timeoutSeconds, maxResultCharacters }));
      return Array.from({ length: groupSize }, () =>
        messageEnv(
          toolEnv({ runsInParallel: true, ...limits, failedParseReward, initialMessages, tools, grade }),
          {
            renderer,
            ...limits,
            failedParseReward,
          },
        ),
      );
    },
    cleanup() {
      over.abort(new Error('the episodes of this task are over'));
      over = new AbortController(); // the group can be rolled out again
    },
  };
  return termination ? withTermination(builder, termination) : builder;
}

function promptOf({ tools, systemPrompt }: AgentTask, renderer: Renderer): readonly Message[] {
  if (tools.length > 0) {
    const declared = tools.map(({ name, description, parameters }) => ({ name, description, parameters }));
    return renderer.declareTools(declared, systemPrompt);
  }
  return systemPrompt === undefined ? [] : [{ role: 'system', content: systemPrompt }];
}

function refuseDuplicates(tools: readonly Tool[]): void {
  const names = tools.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length === 0) return;
  throw new TinsmithError({
    code: 'TOOL_DUPLICATE',
    message: 'two tools have the same name, and a call could mean either',
    found: [...new Set(twice)].join(', '),
    fix: 'give each tool a name of its own; adapters take a prefix',
  });
}
