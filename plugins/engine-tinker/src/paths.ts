/** `tinker://<run>/<kind>/<name>`. SkyRL leaves the kind out of the paths of samplers, but takes and lists it. */
export function threePartPath(path: string): string {
  const [, run, name] = /^tinker:\/\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  return run === undefined ? path : `tinker://${run}/sampler_weights/${name}`;
}
