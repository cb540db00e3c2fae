/**
 * Runs the built command many times in one process, for tests in which the process is not the point: the time to start
 * Node and to load the packages is spent once. A child of `project.ts`, which sends one request at a time.
 */
import { main } from '../dist/cli/main.js';

const [out, error] = [process.stdout, process.stderr];

process.on('message', async ({ args, cwd, env }) => {
  const written = { out: '', error: '' };
  out.write = (text, ...rest) => keep('out', text, rest);
  error.write = (text, ...rest) => keep('error', text, rest);
  const keep = (stream, text, rest) => {
    written[stream] += text;
    rest.findLast(argument => typeof argument === 'function')?.();
    return true;
  };
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  const code = await main(args);
  for (const event of ['SIGINT', 'SIGTERM', 'uncaughtException']) process.removeAllListeners(event);
  process.send({ code, ...written });
});

process.on('disconnect', () => process.exit());
