/**
 * Errors of this package. They have the fields and the brand of a TinsmithError, so that Tinsmith shows them with
 * place, finding and advice, without this package depending on it.
 */
const brand = Symbol.for('tinsmith.error');

export interface HubErrorDetails {
  /** Stable, in capitals. */
  readonly code: string;
  readonly message: string;
  /** Where: an address, a path, the name of a variable. */
  readonly at?: string | undefined;
  readonly found?: string | undefined;
  /** What to try. */
  readonly fix?: string | undefined;
  readonly cause?: unknown;
}

export class HubError extends Error {
  readonly [brand] = true;
  readonly code: string;
  readonly at: string | undefined;
  readonly found: string | undefined;
  readonly fix: string | undefined;

  constructor(details: HubErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'HubError';
    this.code = details.code;
    this.at = details.at;
    this.found = details.found;
    this.fix = details.fix;
  }
}
