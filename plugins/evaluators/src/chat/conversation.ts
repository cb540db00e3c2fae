/** A conversation with a model, turn by turn. Knows nothing about terminals. */
import type { Message, Renderer, SamplingClient } from '@tinsmith/core';

export interface ChatSettings {
  readonly system: string | undefined;
  /** The most tokens of an answer. */
  readonly maxTokens: number;
  /** 0: always the likeliest token. */
  readonly temperature: number;
  /** With the same words, the same conversation. */
  readonly seed: number;
}

export interface Answer {
  /** As it was said. */
  readonly text: string;
  readonly thinking: string;
  /** It was cut off, by the limit or because the turn does not end as the format has it. */
  readonly isCutOff: boolean;
}

export class ChatConversation {
  readonly #sampling: SamplingClient;
  readonly #renderer: Renderer;
  #settings: ChatSettings;
  #messages: Message[] = [];

  constructor(
    parts: { readonly sampling: SamplingClient; readonly renderer: Renderer },
    settings: ChatSettings,
  ) {
    this.#sampling = parts.sampling;
    this.#renderer = parts.renderer;
    this.#settings = settings;
  }

  /** What was said is forgotten; with an argument the system message is another from now on. */
  restart(system = this.#settings.system): void {
    this.#settings = { ...this.#settings, system };
    this.#messages = [];
  }

  /** A question that fails is not kept: it can be asked again. */
  async ask(question: string, signal: AbortSignal): Promise<Answer> {
    const { system, maxTokens, temperature, seed } = this.#settings;
    const asked: Message[] = [...this.#messages, { role: 'user', content: question }];
    const prompt = this.#renderer.buildGenerationPrompt([
      ...(system === undefined ? [] : [{ role: 'system', content: system }]),
      ...asked,
    ]);
    const { sequences } = await this.#sampling.sample({
      prompt,
      numSamples: 1,
      samplingParams: {
        maxTokens,
        temperature,
        seed: seed + this.#messages.length,
        stop: this.#renderer.stopSequences,
      },
      signal,
    });
    const { message, termination } = this.#renderer.parseResponse(sequences[0]!.tokens);
    this.#messages = [...asked, message];
    return { ...partsOf(message), isCutOff: termination === 'malformed' };
  }
}

function partsOf({ content, tool_calls: calls = [] }: Message): { text: string; thinking: string } {
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
  const said = parts.flatMap(part => (part.type === 'text' ? [part.text] : []));
  const called = calls.map(({ function: { name, arguments: given } }) => `[calls ${name}(${given})]`);
  return {
    text: [...said, ...called].join('\n').trim(),
    thinking: parts
      .flatMap(part => (part.type === 'thinking' ? [part.thinking] : []))
      .join('\n')
      .trim(),
  };
}
