/**
 * Boots plugins for a test: the same kernel as a run, a run folder of its own, secrets from the test.
 *
 * `await using kit = await createTestKit({ plugins: [...] })` disposes the plugins' values and removes the folder.
 */
import {
  type AnyToken,
  type ConfiguredPlugin,
  definePlugin,
  type HookRunner,
  RunDirectories,
  Secrets,
  TinsmithError,
  type Token,
  type TrackerProject,
  TrackerProjects,
} from '@tinsmith/core';
import { Kernel } from '@tinsmith/core/kernel';
import { TestDirectory } from './directory.js';
import { version } from './version.js';

export interface TestKitOptions {
  readonly plugins: readonly ConfiguredPlugin[];
  /** What `Secrets` answers. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Where the run is to appear; default nowhere. */
  readonly tracker?: TrackerProject;
}

export interface TestKit extends AsyncDisposable {
  /** Creates and returns what the plugins provide: the value, all values, or the one of that name. */
  get<T>(token: Token<T, 'one'>): Promise<T>;
  get<T>(token: Token<T, 'many'>): Promise<readonly T[]>;
  get<T>(token: Token<T, 'named'>, name: string): Promise<T>;
  readonly hooks: HookRunner;
  readonly directory: TestDirectory;
  /** Every file of the run folder with its content. */
  files(): Record<string, string>;
  /** Failures of observers so far. */
  readonly problems: readonly TinsmithError[];
}

export async function createTestKit(options: TestKitOptions): Promise<TestKit> {
  const directory = new TestDirectory();
  const kernel = await Kernel.boot([surroundings(directory, options), ...options.plugins]).catch(
    (error: unknown) => {
      directory.remove();
      throw error;
    },
  );
  return {
    get(token: AnyToken, name?: string): Promise<never> {
      return kernel.get(token as never, name as never);
    },
    hooks: kernel.hooks,
    directory,
    files: () => directory.files(),
    get problems() {
      return kernel.problems;
    },
    async [Symbol.asyncDispose]() {
      try {
        await kernel.dispose();
      } finally {
        directory.remove();
      }
    },
  };
}

/** What the runner provides in a real run. */
function surroundings(
  directory: TestDirectory,
  { secrets = {}, tracker = { project: undefined, name: 'test' } }: Omit<TestKitOptions, 'plugins'>,
): ConfiguredPlugin {
  const plugin = definePlugin({
    name: '@tinsmith/testkit',
    version,
    setup({ provide }) {
      provide(RunDirectories, { create: () => directory });
      provide(TrackerProjects, { create: () => tracker });
      provide(Secrets, {
        create: () => ({
          require(name: string) {
            const value = secrets[name];
            if (value !== undefined) return value;
            throw new TinsmithError({ code: 'SECRET_MISSING', message: `the test gave no secret ${name}` });
          },
        }),
      });
    },
  });
  return plugin();
}
