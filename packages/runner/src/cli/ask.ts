/** Asks on the terminal. */
import { createInterface } from 'node:readline/promises';
import { exitCodes } from './show.js';

const canAsk = () => process.stdin.isTTY && process.stderr.isTTY;

/** Undefined where there is no terminal to ask on. Ctrl-D is an empty answer. */
export function questioner(): ((question: string) => Promise<string>) | undefined {
  return canAsk() ? question => withTerminal(ask => ask(question)) : undefined;
}

const answers = ['resume', 'overwrite', 'raise'] as const;
type Answer = (typeof answers)[number];

/** What to do with a run folder that is there. Undefined where there is no terminal to ask on. */
export function asker(): ((folder: string) => Promise<Answer>) | undefined {
  if (!canAsk()) return undefined;
  return folder =>
    withTerminal(async (ask, closed) => {
      const question = `${folder} exists. resume, overwrite (deletes it) or raise (stop here)? `;
      for (;;) {
        const text = await ask(question);
        if (closed()) return 'raise';
        const answer = answers.find(known => known === text.trim().toLowerCase());
        if (answer) return answer;
      }
    });
}

async function withTerminal<T>(
  talk: (ask: (question: string) => Promise<string>, closed: () => boolean) => Promise<T>,
): Promise<T> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  let isClosed = false;
  const closed = new Promise<string>(resolve =>
    terminal.once('close', () => {
      isClosed = true;
      resolve('');
    }),
  );
  terminal.once('SIGINT', () => process.exit(exitCodes.interrupted)); // in place of a signal
  try {
    return await talk(
      question => Promise.race([terminal.question(question), closed]),
      () => isClosed,
    );
  } finally {
    terminal.close();
  }
}
