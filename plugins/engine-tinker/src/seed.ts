/** Seeds as the service takes them. */
import type { RemoteContext } from './context.js';

/** Sample i of a request uses seed + i, so that room is left above. */
const ROOM = 2 ** 16;

/**
 * SkyRL's engine takes seeds of 32 bits alone, while those of recipes have up to 53: there they are folded, always in the same
 * way. Where the newer protocol is spoken they stay as they are.
 */
export async function seedFor({ service }: RemoteContext, seed: number): Promise<number> {
  const { version } = await service.dialect();
  return version === '0.25.0' && seed >= 2 ** 31 - ROOM ? seed % (2 ** 31 - ROOM) : seed;
}
