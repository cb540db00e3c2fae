/**
 * Which of the two versions of the protocol a server speaks: found out by asking it, never guessed from its address
 * (protocol, sections 19, 22 and 27). What was found, and from what, can be shown.
 */
import { TinkerError } from './errors.js';
import type { Authorizer, Http } from './http/http.js';
import type { DialectVersion } from './options.js';

export interface Dialect {
  readonly version: DialectVersion;
  /** What the version was read from, in a sentence. */
  readonly evidence: string;
  /** False if the caller chose the version: then a refusal is an error, and nothing is tried in the other way. */
  readonly probed: boolean;
}

/** Flags that no configuration before 0.26 contained. */
const NEWER_FLAGS = [
  'sample_use_retrieve_futures',
  'sample_join_sampling_session',
  'custom_loss_server_side',
];

/**
 * First the configuration itself, which costs nothing. If it says nothing, one read-only call that exists since 0.36:
 * a search for at most one session. 404, 405 or 501 mean that the server has no such call; any other answer that it has.
 */
export async function probeDialect(
  http: Http,
  auth: Authorizer,
  flags: Readonly<Record<string, unknown>> | undefined,
): Promise<Dialect> {
  const { dialect, logger } = http.settings;
  if (dialect !== 'auto') return { version: dialect, evidence: 'chosen in the options', probed: false };
  const flag = NEWER_FLAGS.find(name => flags && name in flags);
  if (flag) return { version: '0.38.0', evidence: `client/config contains ${flag}`, probed: true };
  const answer = await http
    .call(
      {
        method: 'POST',
        path: 'sessions/search',
        json: { user_metadata: {}, owner: { type: 'own' }, limit: 1 },
        layers: 'AB',
        timeoutMs: 10_000,
        accepts: status =>
          (status !== 401 && status !== 408 && status !== 429 && status < 500) || status === 501,
      },
      auth,
    )
    .catch((error: unknown) => {
      throw TinkerError.is(error) && error.retryable
        ? new TinkerError(
            error.code,
            `the server's dialect could not be found out; set it with \`dialect\`. ${error.message}`,
            {
              status: error.status,
              cause: error,
            },
          )
        : error;
    });
  const missing = [404, 405, 501].includes(answer.status);
  const found: Dialect = {
    version: missing ? '0.25.0' : '0.38.0',
    evidence: `sessions/search answered ${answer.status}`,
    probed: true,
  };
  logger.info(`speaking the dialect of SDK ${found.version}: ${found.evidence}`);
  return found;
}
