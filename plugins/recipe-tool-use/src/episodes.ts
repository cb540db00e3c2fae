/** A question as a group of episodes with the search tool. */
import type { EnvGroupBuilder, Renderer, SearchBackend } from '@tinsmith/core';
import { agentGroup, searchTool } from '@tinsmith/tools';
import type { ParseErrorPolicy } from '@tinsmith/training';
import { gradeAnswer } from './answer.js';
import type { EpisodeOptions } from './options.js';
import type { Question } from './questions.js';

export interface EpisodesOptions extends Omit<EpisodeOptions, 'search' | 'searchLimits'> {
  readonly groupSize: number;
  readonly renderer: Renderer;
  /** Its failures are told to the model. */
  readonly search: SearchBackend;
  readonly parseErrors?: ParseErrorPolicy | undefined;
  readonly zeroRewardOnLimit?: boolean | undefined;
}

export function episodesOf(
  { question, goldAnswers, source }: Question,
  options: EpisodesOptions,
): EnvGroupBuilder {
  const { groupSize, renderer, search, formatCoef, instructions, nResults, zeroRewardOnLimit, ...limits } =
    options;
  const { toolDescription: description, queriesDescription } = options;
  const tool = searchTool(search, { results: nResults, description, queriesDescription });
  return agentGroup(
    {
      tools: [tool],
      systemPrompt: instructions,
      messages: [{ role: 'user', content: question }],
      grade(messages) {
        const answer = messages.at(-1)?.role === 'assistant' ? messages.at(-1)!.content : '';
        const logs = {
          question,
          answer: typeof answer === 'string' ? answer : '',
          expected: goldAnswers.join(' | '),
        };
        return { ...gradeAnswer(messages, { goldAnswers, formatCoef }), logs };
      },
    },
    {
      renderer,
      groupSize,
      tags: [source],
      maxTurns: limits.maxTurns,
      maxToolCalls: limits.maxToolCalls,
      maxTrajectoryTokens: limits.maxTrajectoryTokens,
      parseErrors: limits.parseErrors,
      termination: zeroRewardOnLimit ? { zeroRewardOnLimit } : undefined,
    },
  );
}
