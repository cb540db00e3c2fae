/** For the test of two processes: downloads one file and prints where it is. */
import { createHub } from '../src/index.js';

const [endpoint, cacheFolder] = process.argv.slice(2);
const hub = createHub({ endpoint, cacheFolder }, {});
console.log(await hub.resolveFile({ repo: 'owner/name', kind: 'model', file: 'model.bin' }));
