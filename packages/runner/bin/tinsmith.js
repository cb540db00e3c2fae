#!/usr/bin/env node
import module from 'node:module'; // not by name: an older Node, which is told so below, lacks some names
import { fileURLToPath, pathToFileURL } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
if (!(major > 24 || (major === 24 && minor >= 11) || (major === 22 && minor >= 19))) {
  console.error(`error NODE_UNSUPPORTED   Tinsmith needs Node 22.19 or 24.11 and above
  found  Node ${process.versions.node}
  try    https://nodejs.org`);
  process.exit(2);
}

// Whoever reads what is printed may stop early (`| head`): a run goes on, and nothing is wrong.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', error => {
    if (error.code !== 'EPIPE') throw error;
  });
}
module.enableCompileCache?.(); // in the system's temporary folder; without one, Node goes on without
const { localCommand } = await import('../dist/cli/delegate.js');
const local = localCommand(process.argv.slice(2), process.cwd(), fileURLToPath(import.meta.url));
if (local !== undefined) await import(pathToFileURL(local).href);
else {
  const { main, showUncaught } = await import('../dist/cli/main.js');
  // Something that a plugin did and did not wait for. A run listens itself: it ends as failed, with its log.
  process.on('uncaughtException', error => {
    if (process.listenerCount('uncaughtException') === 1) process.exit(showUncaught(error));
  });
  const code = await main(process.argv.slice(2));
  // Not process.exitCode alone: a plugin may have left a timer or a connection behind.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}
