/** Asks on the terminal what to do with an existing run folder. */
import { createInterface } from 'node:readline/promises';
import { exitCodes } from './show.js';

const answers = ['resume', 'overwrite', 'raise'] as const;
type Answer = (typeof answers)[number];

/** Undefined where there is no terminal to ask on. */
export function asker(): ((folder: string) => Promise<Answer>) | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return async folder => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    const closed = new Promise<'raise'>(resolve => terminal.once('close', () => resolve('raise'))); // Ctrl-D
    terminal.once('SIGINT', () => process.exit(exitCodes.interrupted)); // in place of a signal
    const question = `${folder} exists. resume, overwrite (deletes it) or raise (stop here)? `;
    try {
      for (;;) {
        const text = await Promise.race([terminal.question(question), closed]);
        const answer = answers.find(known => known === text.trim().toLowerCase());
        if (answer) return answer;
      }
    } finally {
      terminal.close();
    }
  };
}
