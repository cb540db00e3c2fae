/**
 * Frees in the worker what a client held there, once the client has been collected. Knows nothing of what that is.
 */
export interface Held {
  readonly trainer?: number;
  readonly sampler?: number;
}

/** @param bytes that the worker keeps for this client alone */
export type ReleaseWithClient = (client: object, held: Held, bytes?: number) => void;

/** V8 looks for garbage when this much memory outside its heap has been added. */
const ballastLimit = 2 ** 26;

/** @param release tells the worker; must not throw. */
export function releaseOnCollection(release: (held: Held) => void): ReleaseWithClient {
  const registry = new FinalizationRegistry(release);
  // V8 sees a client as a few bytes, and would let hundreds of them wait. A buffer that is never touched costs next to nothing,
  // counts as memory of the client, and makes collecting worth while.
  const ballast = new WeakMap<object, ArrayBuffer>();
  return (client, held, bytes = 0) => {
    registry.register(client, held);
    ballast.set(client, new ArrayBuffer(Math.min(bytes, ballastLimit)));
  };
}
