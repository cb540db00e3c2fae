/**
 * The judge `endpoint`: any program that answers over HTTP. It gets the comparison as JSON, `{ prompt, completion_a, completion_b }`,
 * each a list of messages, and answers `{ "score": -1 ... 1 }`, or `{ "label": "A" | "B" | "Tie" }`.
 */
import { type Judge, type JudgeSource, TinsmithError } from '@tinsmith/core';
import { z } from 'zod';

export const endpointOptions = z.strictObject({
  url: z.url().describe('Where comparisons are sent, by POST.'),
  timeoutSeconds: z.number().positive().default(60).describe('The longest wait for an answer.'),
  maxRetries: z.int().min(0).default(3).describe('How often a request that failed is sent again.'),
  concurrency: z.int().positive().default(64).describe('Requests at the same time.'),
});
export type EndpointOptions = z.output<typeof endpointOptions>;

const answer = z.union([
  z.object({ score: z.number() }),
  z
    .object({ label: z.enum(['A', 'B', 'Tie']) })
    .transform(({ label }) => ({ score: { A: -1, B: 1, Tie: 0 }[label] })),
]);

const FIRST_PAUSE_MS = 200;
const LONGEST_SHOWN = 200;

export const endpointSource: JudgeSource = {
  specification: 'v1',
  options: endpointOptions,
  create: options => endpointJudge(options as EndpointOptions),
};

export async function endpointJudge({
  url,
  timeoutSeconds,
  maxRetries,
  concurrency,
}: EndpointOptions): Promise<Judge> {
  const { Slots } = await import('@tinsmith/training'); // for a run; a check needs none of it
  const slots = new Slots(concurrency);

  const ask = async (body: string, signal: AbortSignal | undefined): Promise<string> => {
    for (let attempt = 0; ; attempt++) {
      const time = AbortSignal.timeout(timeoutSeconds * 1000);
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
          signal: signal ? AbortSignal.any([signal, time]) : time,
        });
        if (response.ok) return await response.text();
        const failure = failed(url, `status ${response.status}: ${shorten(await response.text())}`);
        // What the server refuses it will refuse again.
        if (response.status < 500 && response.status !== 429) throw Object.assign(failure, { isFinal: true });
        throw failure;
      } catch (error) {
        signal?.throwIfAborted();
        if (attempt >= maxRetries || isFinal(error))
          throw TinsmithError.is(error) ? error : failed(url, causeOf(error), error);
        await pause(FIRST_PAUSE_MS * 2 ** attempt, signal);
      }
    }
  };

  return {
    async compare({ prompt, completionA, completionB }, { signal } = {}) {
      using _slot = await slots.take(signal);
      const text = await ask(
        JSON.stringify({ prompt, completion_a: completionA, completion_b: completionB }),
        signal,
      );
      const parsed = answer.safeParse(parseJson(text));
      // An answer that cannot be read is no opinion; one that is out of range is refused by who asked.
      return parsed.success ? parsed.data : { score: 0, problem: `answered ${shorten(text)}` };
    },
  };
}

const failed = (url: string, found: string, cause?: unknown) =>
  new TinsmithError({
    code: 'JUDGE_ENDPOINT_FAILED',
    message: 'the judge did not answer',
    at: url,
    found,
    fix: 'start the judge, or look at its log',
    cause,
  });

const isFinal = (error: unknown) =>
  typeof error === 'object' && error !== null && 'isFinal' in error && error.isFinal === true;

/** `fetch` hides what went wrong in its cause. */
const causeOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
};

const shorten = (text: string) => (text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : text);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  const { setTimeout: sleep } = await import('node:timers/promises');
  await sleep(milliseconds, undefined, signal ? { signal } : {});
}
