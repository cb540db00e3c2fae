/** Golden vectors of the embedded engine: one engine per case, fresh clients per check. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LocalEngine } from '@tinsmith/engine-local/engine';
import type { Category, GoldenCase } from '../category.ts';
import { skipReason } from '../skips.ts';
import { type CaseFile, type CheckJson, Expected, listCases, readCase } from './case-files.ts';
import { checkKinds } from './checks.ts';

/** Two threads, so that work is really split; the distances hold for any number. */
const threads = 2;

export const engine: Category = {
  name: 'engine',
  async open(folder) {
    return listCases(folder).map(openCase);
  },
};

function openCase(folder: string): GoldenCase {
  const file = readCase(folder);
  const expected = new Expected(folder);
  const architecture = modelType(folder, file);
  let running: LocalEngine | undefined; // a worker only for cases that run
  return {
    name: basename(folder),
    checks: file.checks.map(check => {
      const run = checkKinds[check.kind];
      return {
        id: check.id,
        skipped: skipReason('engine', { kind: check.kind, losses: lossesOf(check), architecture }),
        async run() {
          if (!run) throw new Error(`unknown kind of check "${check.kind}"`);
          running ??= new LocalEngine({ threads });
          return run({ engine: running, folder, file, expected }, check);
        },
      };
    }),
    async close() {
      await running?.close();
    },
  };
}

function modelType(folder: string, file: CaseFile): string {
  const config = JSON.parse(readFileSync(join(folder, file.model, 'config.json'), 'utf8')) as {
    model_type: string;
  };
  return config.model_type;
}

function lossesOf({ calls = [], steps = [] }: Partial<CheckJson>): string[] {
  return [...calls, ...steps.flatMap(step => step.calls)].map(call => call.loss_fn);
}
