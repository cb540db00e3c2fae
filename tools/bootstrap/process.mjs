/** Child processes: captured for set-up steps, with the terminal's own streams for the task. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** Runs a command and collects what it prints. */
export function capture(command, args, options) {
  return new Promise(resolve => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', data => (output += data));
    child.stderr.on('data', data => (output += data));
    child.on('error', error => resolve({ code: 127, output: String(error) }));
    child.on('close', code => resolve({ code: code ?? 1, output }));
  });
}

const survive = () => {};

/**
 * Runs a command in the foreground. Ctrl-C in a terminal reaches the child by itself, so it is only
 * survived here; SIGTERM is passed on. Returns the exit code, 128 + n for a child ended by signal n.
 */
export function foreground(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: 'inherit' });
    const passOn = signal => child.kill(signal);
    process.on('SIGINT', survive);
    process.on('SIGTERM', passOn);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGINT', survive);
      process.off('SIGTERM', passOn);
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

export const say = line => void process.stderr.write(`tinsmith: ${line}\n`);
