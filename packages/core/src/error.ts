/**
 * Errors with a stable code, a place, what was found and what to try.
 * Knows nothing about where errors are shown; `formatError` is the one layout for a terminal.
 */
const brand = Symbol.for('tinsmith.error');

export interface ErrorDetails {
  /** Stable, in capitals: users and tests rely on it. */
  readonly code: string;
  /** One plain sentence in the user's words. */
  readonly message: string;
  /** Where: an option's path, a file with line and column, a folder. */
  readonly at?: string | undefined;
  /** What was found there. */
  readonly found?: string | undefined;
  /** What to try. */
  readonly fix?: string | undefined;
  /** The package that the error concerns. */
  readonly plugin?: string | undefined;
  readonly cause?: unknown;
}

export class TinsmithError extends Error {
  readonly [brand] = true;
  readonly code: string;
  readonly at: string | undefined;
  readonly found: string | undefined;
  readonly fix: string | undefined;
  readonly plugin: string | undefined;

  constructor(details: ErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'TinsmithError';
    this.code = details.code;
    this.at = details.at;
    this.found = details.found;
    this.fix = details.fix;
    this.plugin = details.plugin;
  }

  /** Use this, never `instanceof`: two copies of this package can meet in one process. */
  static is(value: unknown): value is TinsmithError {
    return typeof value === 'object' && value !== null && brand in value;
  }
}

/** The same problem with other details, e.g. the place in a file that only the caller knows. */
export function amend(error: TinsmithError, changes: Partial<ErrorDetails>): TinsmithError {
  const { code, message, at, found, fix, plugin, cause } = error;
  return new TinsmithError({ code, message, at, found, fix, plugin, cause, ...changes });
}

/** Several problems found together. The message lists them all. */
export class TinsmithErrors extends AggregateError {
  declare readonly errors: TinsmithError[];
  constructor(errors: readonly TinsmithError[]) {
    super(errors, errors.map(formatError).join('\n'));
    this.name = 'TinsmithErrors';
  }
}

/** Throws nothing for no problem, the problem itself for one, all of them together for several. */
export function throwProblems(problems: readonly TinsmithError[]): void {
  if (problems.length === 1) throw problems[0];
  if (problems.length > 1) throw new TinsmithErrors(problems);
}

/** The TinsmithErrors inside an error: itself, or the members of an aggregate; empty for a foreign error. */
export function problemsOf(error: unknown): readonly TinsmithError[] {
  if (TinsmithError.is(error)) return [error];
  if (error instanceof AggregateError) return error.errors.flatMap(problemsOf);
  return [];
}

/** A block of one to four lines: code and message, at, found, try. */
export function formatError(error: TinsmithError): string {
  const lines = [`error ${error.code}   ${error.plugin ? `${error.plugin}: ` : ''}${error.message}`];
  if (error.at !== undefined) lines.push(`  at     ${error.at}`);
  if (error.found !== undefined) lines.push(`  found  ${error.found}`);
  if (error.fix !== undefined) lines.push(`  try    ${error.fix}`);
  return lines.join('\n');
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
