#!/usr/bin/env node
/**
 * `npm start`, `npm test` and the other npm scripts, on a machine with nothing but Node 18+ and npm.
 *
 * Makes sure of a Node and a pnpm that fit (from the npm registry into .tool/ when those present are too
 * old), installs with a frozen lockfile, builds, and goes on to the task. Prints one line per thing it does,
 * nothing when there is nothing to do; needs no network once installed; touches nothing outside the clone
 * but npm's and pnpm's caches. No dependencies, and no syntax newer than Node 18.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BootstrapError } from './error.mjs';
import { runTask, taskNames } from './tasks.mjs';
import { ensureToolchain } from './toolchain.mjs';
import { build, installPackages } from './workspace.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const [task, ...args] = process.argv.slice(2);

try {
  if (!taskNames.includes(task)) {
    throw new BootstrapError(`there is no task "${task ?? ''}"`, `one of ${taskNames.join(', ')}`);
  }
  const tools = await ensureToolchain(root);
  await installPackages(root, tools);
  await build(root, tools);
  process.exitCode = await runTask(task, args, root, tools);
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error;
  process.stderr.write(
    `error ${error.message}\n${error.found ? `  found  ${error.found}\n` : ''}  try    ${error.fix}\n`,
  );
  process.exitCode = 2;
}
