#!/usr/bin/env node
import { main } from '../dist/cli/main.js';

const code = await main(process.argv.slice(2));
// Not process.exitCode alone: a plugin may have left a timer or a connection behind.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
