/** A Weights & Biases server on loopback for tests of clients. */
export {
  startFakeWandb,
  type BadReply,
  type FakeWandb,
  type FakeWandbOptions,
  type WandbRequest,
  type WandbRoute,
} from './server.js';
export { WandbRunState } from './run-state.js';
