/** Who is learnt from: opened before anything is spent, and refused if it does not speak in the student's tokens. */
import {
  type Engine,
  messageOf,
  type Registry,
  type SamplingClient,
  TinsmithError,
  type Tokenizer,
} from '@tinsmith/core';

export interface TeacherChoice {
  readonly teacherModel: string;
  readonly teacherEngine?: string | undefined;
  readonly teacherCheckpoint?: string | undefined;
}

export interface Student {
  readonly modelName: string;
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
}

/**
 * @param at the option that names it
 * @throws VOCABULARIES_DIFFER; PROVIDER_MISSING for an engine that no plugin provides. What the teacher answers can be TEACHER_FAILED.
 */
export async function openTeacher(
  { teacherModel, teacherEngine, teacherCheckpoint: modelPath }: TeacherChoice,
  student: Student,
  engines: Registry<Engine>,
  at = 'recipe.with.teacherModel',
): Promise<SamplingClient> {
  const engine = teacherEngine === undefined ? student.engine : await engines.get(teacherEngine);
  checkVocabularies(
    { name: student.modelName, tokenizer: student.tokenizer },
    { name: teacherModel, tokenizer: await engine.getTokenizer(teacherModel) },
    at,
  );
  const client = await engine.createSamplingClient(
    modelPath === undefined ? { baseModel: teacherModel } : { modelPath },
  );
  return named(client, teacherModel, at);
}

/** A teacher whose failures say who it is that failed, and that nothing is lost. */
function named(client: SamplingClient, name: string, at: string): SamplingClient {
  const failed = (cause: unknown) =>
    new TinsmithError({
      code: 'TEACHER_FAILED',
      message: `the teacher "${name}" gave no answer: ${messageOf(cause)}`,
      at,
      fix: 'when it is back, the same command with ifExists=resume goes on from the last checkpoint',
      cause,
    });
  return {
    sample: request =>
      client.sample(request).catch((cause: unknown) => {
        throw request.signal?.aborted ? cause : failed(cause);
      }),
    computeLogprobs: prompt =>
      client.computeLogprobs(prompt).catch((cause: unknown) => {
        throw failed(cause);
      }),
  };
}

interface NamedTokenizer {
  readonly name: string;
  readonly tokenizer: Tokenizer;
}

/** Several scripts, digits, spaces and code: what merges differ in shows here. */
const PROBE =
  'The quick brown fox, 1234567 jumped...\n\n\tif (x != null) { return x**2; }  naïve Straße 東京 привет مرحبا 🙂🏽';

/**
 * Every id must be the same piece for both, since the teacher scores the ids that the student wrote. Ids that only one of them
 * has must be without text: tables are often padded.
 * @throws VOCABULARIES_DIFFER with both names
 */
export function checkVocabularies(
  student: NamedTokenizer,
  teacher: NamedTokenizer,
  at = 'recipe.with.teacherModel',
): void {
  const [ours, theirs] = [student.tokenizer, teacher.tokenizer];
  if (ours === theirs) return;
  const length = Math.max(ours.vocabSize, theirs.vocabSize);
  let id = 0;
  while (id < length && pieceOf(ours, id) === pieceOf(theirs, id)) id++;
  const isSameText = ours.encode(PROBE).join() === theirs.encode(PROBE).join();
  if (id === length && isSameText) return;
  const show = (tokenizer: Tokenizer) => JSON.stringify(pieceOf(tokenizer, id));
  throw new TinsmithError({
    code: 'VOCABULARIES_DIFFER',
    message: `the student "${student.name}" and the teacher "${teacher.name}" do not share a vocabulary`,
    at,
    found:
      id < length
        ? `token ${id} is ${show(ours)} for the student and ${show(theirs)} for the teacher; ${ours.vocabSize} and ${theirs.vocabSize} tokens`
        : 'the same pieces, but the same text is cut into other ones',
    fix: 'a teacher of the same family as the student',
  });
}

/** Empty for an id that the tokenizer has not. */
function pieceOf(tokenizer: Tokenizer, id: number): string {
  if (id >= tokenizer.vocabSize) return '';
  try {
    return tokenizer.decode([id]);
  } catch {
    return ''; // a gap in the table, or padding
  }
}
