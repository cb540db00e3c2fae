/** The few queries and mutations that run clients send (loggers, section 3.2), answered from the runs. */
import { CONSOLE, EVENTS, HISTORY, SUMMARY, WandbRunState } from './run-state.js';

export interface GraphqlRequest {
  readonly query: string;
  readonly operationName?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

interface Place {
  readonly entity: string;
  readonly runs: Map<string, WandbRunState>;
  /** Uploads go below it. */
  readonly uploadBase: string;
}

type Variables = Readonly<Record<string, unknown>>;
type Answer = (variables: Variables, place: Place) => object;

/** By operation name. Anything else is answered without data, as by a server that lacks the feature. */
const answers: Readonly<Record<string, Answer>> = {
  Viewer: (_, { entity }) => ({
    viewer: {
      id: 'VXNlcjox',
      entity,
      username: entity,
      email: `${entity}@example.com`,
      flags: '{}',
      teams: { edges: [{ node: { name: entity } }] },
    },
  }),

  RunResumeStatus(variables, { entity, runs }) {
    const run = runs.get(String(variables['name']));
    const project = text(variables['project']) ?? 'uncategorized';
    return {
      model: {
        id: idOf('Project', project),
        name: project,
        entity: { id: idOf('Entity', entity), name: entity },
        bucket: run ? bucketOf(run) : null,
      },
    };
  },

  UpsertBucket(variables, { entity, runs }) {
    const byId = [...runs.values()].find(({ storageId }) => storageId === variables['id']);
    const id = byId?.id ?? text(variables['name']) ?? `run${runs.size}`;
    const known = byId ?? runs.get(id);
    const project = text(variables['project']) ?? known?.project ?? 'uncategorized';
    const run = known ?? new WandbRunState({ id, entity: text(variables['entity']) ?? entity, project });
    runs.set(id, run);
    for (const [key, value] of Object.entries(variables)) {
      if (value !== null && value !== undefined) run.fields[key] = value;
    }
    if (typeof variables['summaryMetrics'] === 'string')
      run.apply({ files: { [SUMMARY]: { offset: 0, content: [variables['summaryMetrics']] } } });
    return { upsertBucket: { bucket: { ...bucketOf(run), sweepName: null }, inserted: known === undefined } };
  },

  RunStoppedStatus: (variables, { runs }) => ({
    project: { run: { stopped: runs.get(String(variables['runId']))?.stopped ?? false } },
  }),

  CreateRunFiles(variables, { runs, uploadBase }) {
    const id = text(variables['run']) ?? text(variables['runName']) ?? '';
    const files = Array.isArray(variables['files']) ? variables['files'].map(String) : [];
    return {
      createRunFiles: {
        runID: runs.get(id)?.storageId ?? '',
        uploadHeaders: ['Content-Type:application/octet-stream'],
        files: files.map(name => ({
          name,
          uploadUrl: `${uploadBase}/${[id, ...name.split('/')].map(encodeURIComponent).join('/')}`,
        })),
      },
    };
  },
};

export function answerGraphql(request: GraphqlRequest, place: Place): object {
  const { operationName = '', variables = {} } = request;
  const answer = answers[operationName];
  if (answer) return { data: answer(variables, place) };
  return { errors: [{ message: `this server does not know ${operationName}` }], data: null };
}

/** Counts and tails are never null: the official client takes that as an error. */
const bucketOf = (run: WandbRunState) => ({
  id: run.storageId,
  name: run.id,
  displayName: run.fields['displayName'] ?? run.id,
  description: run.fields['description'] ?? null,
  notes: run.fields['notes'] ?? null,
  tags: run.fields['tags'] ?? [],
  config: run.fields['config'] ?? '{}',
  summaryMetrics: run.lines(SUMMARY)[0] ?? '{}',
  historyLineCount: run.count(HISTORY),
  eventsLineCount: run.count(EVENTS),
  logLineCount: run.count(CONSOLE),
  historyTail: tail(run, HISTORY),
  eventsTail: tail(run, EVENTS),
  wandbConfig: JSON.stringify('t' in run.ownConfig ? { t: run.ownConfig['t'] } : {}),
  project: {
    id: idOf('Project', run.project),
    name: run.project,
    entity: { id: idOf('Entity', run.entity), name: run.entity },
  },
});

const TAIL_LINES = 5;
const tail = (run: WandbRunState, file: string) => JSON.stringify(run.lines(file).slice(-TAIL_LINES));

const idOf = (type: string, name: string) => Buffer.from(`${type}:v1:${name}`).toString('base64');
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
