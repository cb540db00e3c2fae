/**
 * The category `protocol`: every recorded session is played by a server on loopback, and the client of `@tinsmith/tinker` is driven
 * through the same calls. It must send requests that mean the same, and read every answer to the same values.
 */
import type { Category, GoldenCase } from '../category.ts';
import { mistake } from './answers.ts';
import { callsOf } from './calls.ts';
import { drive } from './driver.ts';
import { play } from './player.ts';
import { listRecordings, pathOf, readRecording, type Exchange } from './recording.ts';

export interface Report {
  /** Requests of ours that nothing in the recording means. */
  readonly unmatched: readonly string[];
  /** Recorded requests that ours never sent. */
  readonly unused: readonly string[];
  /** Calls whose outcome is not the recorded one. */
  readonly mistakes: readonly string[];
  readonly calls: number;
  readonly exchanges: number;
}

/** Polls of futures that are done earlier than recorded, or that nobody waits for, need not come again. */
const isPoll = (exchange: Exchange): boolean => /^retrieve_futures?$/.test(pathOf(exchange));

export async function replay(file: string): Promise<Report> {
  const recording = await readRecording(file);
  const calls = callsOf(recording);
  const player = await play(recording);
  try {
    const outcomes = await drive(recording, calls, player);
    return {
      unmatched: player.unmatched,
      unused: player
        .unused(isPoll)
        .map(exchange => `${exchange.req.method} ${pathOf(exchange)} (${exchange.i})`),
      mistakes: calls.map(call => mistake(call, outcomes.get(call))).filter(found => found !== undefined),
      calls: calls.length,
      exchanges: recording.exchanges.length,
    };
  } finally {
    await player.close();
  }
}

export const protocol: Category = {
  name: 'protocol',
  async open(folder) {
    const files = await listRecordings(folder);
    return Promise.all(
      files.map(async (file): Promise<GoldenCase> => {
        const { name } = await readRecording(file);
        return {
          name,
          checks: [
            {
              id: 'replay',
              async run() {
                const report = await replay(file);
                const problems = [
                  ...report.unmatched,
                  ...report.unused.map(each => `never sent: ${each}`),
                  ...report.mistakes,
                ];
                for (const problem of problems) console.log(`      ${problem}`);
                return [
                  { quantity: `differences in ${report.calls} calls`, distance: problems.length, limit: 0 },
                ];
              },
            },
          ],
          close: () => Promise.resolve(),
        };
      }),
    );
  },
};
