/** The same suite that every engine passes, over the protocol: a real engine behind a server on loopback, in both dialects. */
import { rmSync } from 'node:fs';
import { engineConformance, temporaryFolder, ToyEngine } from '@tinsmith/testkit';
import { afterAll } from 'vitest';
import { startStub } from '../../../tools/peers/stub/stub.mjs';
import tinker from '../src/index.js';

const folder = temporaryFolder();
const server = await startStub({ model: 'toy', engine: new ToyEngine(folder) });
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

for (const dialect of ['0.38.0', '0.25.0'] as const)
  engineConformance({
    plugins: [tinker({ baseUrl: server.url, dialect })],
    engine: 'tinker',
    baseModel: 'toy',
    secrets: { TINKER_API_KEY: 'tml-of-the-test' },
    tokens: [5, 6, 7, 8, 9, 10, 11, 12],
  });
