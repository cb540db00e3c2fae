/**
 * Keeps a thread from being ended inside native code: a call of onnxruntime that comes back into a thread that has been
 * terminated meanwhile aborts the whole process. The worker passes the gate with every native call; who wants to end it
 * shuts the gate and waits until nobody is inside. Two integers that both threads see.
 */
export type NativeGate = Int32Array<SharedArrayBuffer>;

/** Indexes: how many calls are inside, and whether no more may enter. */
const INSIDE = 0;
const SHUT = 1;

export const createGate = (): NativeGate => new Int32Array(new SharedArrayBuffer(8));

/** In the worker: makes a native call. Rejects without making it when the gate is shut. */
export async function throughGate<T>(gate: NativeGate, call: () => Promise<T>): Promise<T> {
  // In before looking, as the other side shuts before looking: one of the two sees the other.
  Atomics.add(gate, INSIDE, 1);
  try {
    if (Atomics.load(gate, SHUT) === 1) throw new Error('the engine is being closed');
    return await call();
  } finally {
    Atomics.sub(gate, INSIDE, 1);
    Atomics.notify(gate, INSIDE);
  }
}

/** Resolves when no native call is running, and none will. */
export async function shutGate(gate: NativeGate): Promise<void> {
  Atomics.store(gate, SHUT, 1);
  for (let inside = Atomics.load(gate, INSIDE); inside > 0; inside = Atomics.load(gate, INSIDE)) {
    await Atomics.waitAsync(gate, INSIDE, inside).value;
  }
}

/** The same for a program that is ending and can wait for nothing else: blocks, at most as long as is given. */
export function shutGateNow(gate: NativeGate, mostMilliseconds: number): void {
  Atomics.store(gate, SHUT, 1);
  const deadline = Date.now() + mostMilliseconds;
  for (let inside = Atomics.load(gate, INSIDE); inside > 0; inside = Atomics.load(gate, INSIDE)) {
    if (Atomics.wait(gate, INSIDE, inside, Math.max(0, deadline - Date.now())) === 'timed-out') return;
  }
}

/** Milliseconds that a program which is ending waits for a graph that is running: the longest ones take some seconds. */
const longestWaitAtExit = 30_000;
const gates = new Set<NativeGate>();

/** Has the gate shut when the program ends. Returns what takes that back. */
export function shutAtExit(gate: NativeGate): () => void {
  if (gates.size === 0) process.on('exit', shutAll); // one listener, however many gates there are
  gates.add(gate);
  return () => {
    gates.delete(gate);
    if (gates.size === 0) process.off('exit', shutAll);
  };
}

function shutAll(): void {
  for (const gate of gates) shutGateNow(gate, longestWaitAtExit);
}
