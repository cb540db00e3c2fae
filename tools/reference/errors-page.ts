/** docs/reference/errors.md: every code, who reports it, what it says and what to try. */
import { join } from 'node:path';
import { packagesOf } from '../source/packages.ts';
import { sourcesBelow } from '../source/typescript.ts';
import { type ErrorClass, errorsIn, type ErrorSite } from './errors.ts';
import { GENERATED, inCode } from './markdown.ts';

interface Reported extends ErrorSite {
  readonly package: string;
}

export function errorsPage(root: string): string {
  const packages = packagesOf(root).map(({ folder, manifest }) => ({
    name: manifest.name,
    ...errorsIn(sourcesBelow(join(folder, 'src'))),
  }));
  const all = packages.flatMap(({ name, sites }) => sites.map(site => ({ ...site, package: name })));
  const own = packages.flatMap(({ name, classes }) =>
    classes.filter(isLibraryClass).map(errorClass => ({ ...errorClass, package: name })),
  );
  const isOwn = ({ className }: Reported) => own.some(({ name }) => name === className);
  return [
    INTRODUCTION,
    ...sections(
      all.filter(site => !isOwn(site)),
      '##',
    ),
    ...own.flatMap(errorClass => classSection(errorClass, all)),
  ].join('\n');
}

const INTRODUCTION = `# Errors

${GENERATED}

Each error has a stable code, one sentence, and where it helps the place, what was found and what to try:

\`\`\`
error PROVIDER_MISSING   nothing provides engine "tinkr"
  at     recipe.with.engine   configs/math-rl/gsm8k.yaml:12
  found  "tinker" (@tinsmith/engine-tinker)
  try    engine: tinker
\`\`\`

In a program, recognise them with \`TinsmithError.is(error)\` and tell them apart by \`error.code\`, never by the sentence.
Below, \`<name>\` stands for what is only known when it happens.
`;

/** Codes in lower case are not for the terminal: they are for programs that use a library alone. */
const isLibraryClass = ({ codes }: ErrorClass) => codes.some(code => code !== code.toUpperCase());

function classSection(
  { name, package: owner, codes, doc }: ErrorClass & { package: string },
  all: readonly Reported[],
) {
  const sites = all.filter(({ className }) => className === name);
  const unseen = codes
    .filter(code => !sites.some(site => site.code === code))
    .map(code => ({ code, className: name, messages: [], fixes: [], package: owner }));
  return [
    `## ${name} of ${owner}\n`,
    ...(doc ? [`${doc}\n`] : []),
    ...sections([...sites, ...unseen], '###'),
  ];
}

function sections(sites: readonly Reported[], heading: string): readonly string[] {
  const codes = [...new Set(sites.map(({ code }) => code))].toSorted();
  return codes.flatMap(code => {
    const ofCode = sites.filter(site => site.code === code);
    const packages = [...new Set(ofCode.map(site => site.package))];
    return [
      `${heading} ${code}\n`,
      ...packages.flatMap(name => [
        `\`${name}\`\n`,
        ...cases(ofCode.filter(site => site.package === name)),
        '',
      ]),
    ];
  });
}

/** What is open from end to end says nothing. */
const says = (text: string) => !/^<[^<>]*>$/.test(text) && text !== '';

/** One line per message, followed by what to try. */
function cases(sites: readonly ErrorSite[]): readonly string[] {
  const lines = sites.flatMap(({ messages, fixes }) => {
    const spoken = messages.filter(says);
    const advice = fixes.filter(says).map(fix => `  - try: ${inCode(fix)}`);
    return (spoken.length > 0 ? spoken.map(inCode) : ['the words depend on the case']).map(
      (message, i, list) =>
        [`- ${message}`, ...(i === list.length - 1 ? [...new Set(advice)] : [])].join('\n'),
    );
  });
  return [...new Set(lines)];
}
