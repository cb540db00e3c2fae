/** Asks on the terminal what to do with an existing run folder. */
import { createInterface } from 'node:readline/promises';

const answers = ['resume', 'overwrite', 'raise'] as const;
type Answer = (typeof answers)[number];

/** Undefined where there is no terminal to ask on. */
export function asker(): ((folder: string) => Promise<Answer>) | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return async folder => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      for (;;) {
        const text = await terminal.question(
          `${folder} exists. resume, overwrite (deletes it) or raise (stop here)? `,
        );
        const answer = answers.find(known => known === text.trim().toLowerCase());
        if (answer) return answer;
      }
    } finally {
      terminal.close();
    }
  };
}
