/**
 * Runs several benchmark programs in turn (A B C A B C ...) on a shared machine, so that they can be compared within a cycle.
 *
 * A program loads, warms up, prints `{"ready":true}`, then does one round for each line it reads and prints a line of JSON with
 * `tok_per_s`, `seconds`, `cpu_seconds`, `tok_per_cpu_s` and `peak_rss_mb`; in between it sleeps. A cycle is quiet if, while each of
 * its rounds ran, everything else on the machine used less than `foreign` of its CPU time. Linux only: it reads /proc/stat.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** Of /proc/stat. */
const ticksPerSecond = 100;
const cores = availableParallelism();

/** CPU seconds that all processes of the machine have used so far. */
function busySeconds() {
  const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'latin1')
    .split('\n', 1)[0]
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) / ticksPerSecond;
}

const seconds = () => performance.now() / 1000;

/** Waits until a quarter of a second passes with less than `foreign` of the machine in use. */
async function untilQuiet(foreign, patience) {
  for (const end = seconds() + patience; seconds() < end;) {
    const [busy, start] = [busySeconds(), seconds()];
    await sleep(250);
    if (busySeconds() - busy <= foreign * cores * (seconds() - start)) return;
  }
}

/** @returns with `reason` only if the program ended before it was ready. */
async function startProgram({ name, command, args, environment }) {
  const child = spawn(command, args, {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', chunk => (complaint = (complaint + chunk).slice(-2000)));
  const failed = new Promise(resolve => child.once('error', error => resolve(error.message)));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    for (;;) {
      const line = await Promise.race([lines.next(), failed.then(() => ({ done: true }))]);
      if (line.done) return undefined;
      if (line.value.startsWith('{')) return JSON.parse(line.value);
    }
  };
  if ((await next())?.ready !== true) {
    const reason =
      complaint.trim().split('\n').at(-1) || (await Promise.race([failed, sleep(100, 'no reason given')]));
    process.stderr.write(`${name}: ended before it was ready (${reason})\n`);
    return { name, reason: `it ended before it was ready: ${reason}` };
  }
  return {
    name,
    async round() {
      child.stdin.write('go\n');
      const result = await next();
      if (!result) throw new Error(`${name} ended in the middle: ${complaint.trim().split('\n').at(-1)}`);
      return result;
    },
    async end() {
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

async function measure(program, { foreign, patience }) {
  await untilQuiet(foreign, patience);
  const [busy, began] = [busySeconds(), seconds()];
  const result = await program.round();
  const [used, wall] = [busySeconds() - busy, seconds() - began];
  return { ...result, foreign: Math.max(0, (used - result.cpu_seconds) / (wall * cores)) };
}

/**
 * @param programs `{ name, command, args, environment }` each. All are loaded at once, one works at a time.
 * @param options `rounds`: quiet cycles wanted; `budget`: seconds after which no cycle starts; `foreign`: share of the machine that
 * others may use in a quiet cycle; `patience`: seconds to wait for quiet before a round.
 * @returns the names that ran, `failed`: `{ name, reason }` of those that did not start, and the cycles,
 * `{ isQuiet, rounds: name -> result }`.
 */
export async function alternate(programs, options) {
  const running = [];
  const failed = [];
  const cycles = [];
  try {
    for (const program of programs) {
      const started = await startProgram(program);
      if (started.reason) failed.push(started);
      else running.push(started);
    }
    const began = seconds();
    const quiet = () => cycles.filter(({ isQuiet }) => isQuiet).length;
    while (running.length > 0 && quiet() < options.rounds && seconds() - began < options.budget) {
      const rounds = {};
      for (const program of running) rounds[program.name] = await measure(program, options);
      const isQuiet = Object.values(rounds).every(({ foreign }) => foreign <= options.foreign);
      cycles.push({ isQuiet, rounds });
      if (options.most !== undefined && cycles.length >= options.most) break;
    }
  } finally {
    await Promise.all(running.map(program => program.end()));
  }
  return { names: running.map(({ name }) => name), failed, cycles };
}

/** Cycles that count: the quiet ones if there are enough of them, else all, which the report must say. */
export function countedCycles(cycles, rounds) {
  const quiet = cycles.filter(({ isQuiet }) => isQuiet);
  return quiet.length >= Math.min(rounds, 5)
    ? { counted: quiet, isQuiet: true }
    : { counted: cycles, isQuiet: false };
}

export function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, least: sorted[0], most: sorted.at(-1) };
}
