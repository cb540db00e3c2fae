/** For the test of kills: makes data once, with a teacher that takes a moment and notes what it was asked. */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createData } from '../src/create-data.js';

const [output, asked, count] = process.argv.slice(2) as [string, string, string];
await createData({
  prompt: 'Shout.',
  texts: Array.from({ length: Number(count) }, (_, i) => `text ${i}`),
  rule: { pattern: undefined, labels: undefined },
  output,
  isOfRun: false,
  seed: 0,
  concurrency: 4,
  timeoutSeconds: 10,
  teacher: {
    name: 'shouting',
    identity: {},
    engine: { engine: 'none' },
    async ask(question) {
      const text = question.at(-1)!.content as string;
      appendFileSync(asked, `${text}\n`);
      await sleep(2);
      return { answer: text.toUpperCase().repeat(50), isCut: false };
    },
  },
  signal: new AbortController().signal,
  onProgress: () => {},
});
