/** The renderers that the models are trained with, from the plugin that has them. */
import type { Message, Renderer, SupervisedExample } from '@tinsmith/core';
import { createChatRenderer } from '@tinsmith/renderers-chat/library';
import type { Tokenizer } from '@tinsmith/tokenizers';
import type { Exercise } from '../tasks/index.js';

export const DEFAULT_RENDERER = 'qwen3_instruct';

export interface ExerciseRenderer {
  rendererOf(exercise: Exercise): Renderer;
  /** The messages in front of the last one, as the model sees them: with the tools declared. */
  prompt(exercise: Exercise): readonly Message[];
  example(exercise: Exercise): SupervisedExample;
}

export function createExerciseRenderer(tokenizer: Tokenizer): ExerciseRenderer {
  const names = [DEFAULT_RENDERER, 'qwen3', 'qwen3_disable_thinking'] as const;
  const renderers = new Map<string, Renderer>(names.map(name => [name, createChatRenderer(name, tokenizer)]));
  const rendererOf = ({ renderer }: Exercise): Renderer => renderers.get(renderer ?? DEFAULT_RENDERER)!;

  const declared = (exercise: Exercise): readonly Message[] => {
    const { messages, tools } = exercise;
    if (!tools) return messages;
    const [first, ...others] = messages;
    const hasSystem = first?.role === 'system';
    const declaration = rendererOf(exercise).declareTools(tools, hasSystem ? first.content : '');
    return [...declaration, ...(hasSystem ? others : messages)];
  };
  return {
    rendererOf,
    prompt: exercise => declared(exercise).slice(0, -1),
    example: exercise =>
      rendererOf(exercise).buildSupervisedExample(
        declared(exercise),
        // The turn that is framed by thoughts is the last one, and its frame is part of the prompt or of the target.
        exercise.onlyLast || exercise.renderer ? 'last_assistant_message' : 'all_assistant_messages',
      ),
  };
}
