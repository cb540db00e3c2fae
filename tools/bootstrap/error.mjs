/** A problem of the set-up that the user can do something about: no stack trace. */
export class BootstrapError extends Error {
  constructor(message, fix, found = '') {
    super(message);
    this.fix = fix;
    this.found = found;
  }
}

/** Says what went wrong in an install from its output: no space, no registry, or something else. */
export function installFailure(what, output) {
  const found = output.trim().split('\n').slice(-3).join('\n         ');
  if (/ENOSPC|no space left/i.test(output)) {
    return new BootstrapError(
      `the disk is full: could not install ${what}`,
      'free about 1 GB and run the command again',
      found,
    );
  }
  if (
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_PNPM_(META_FETCH|FETCH)|network|fetch failed|error sending request|dns error/i.test(
      output,
    )
  ) {
    return new BootstrapError(
      `the npm registry can't be reached: could not install ${what}`,
      'check the network and `npm config get registry`, then run the command again (what is already there is kept)',
      found,
    );
  }
  return new BootstrapError(
    `could not install ${what}`,
    'see the lines above, then run the command again',
    found,
  );
}
