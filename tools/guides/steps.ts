/**
 * A guide as a list of things to do: files to write (code blocks that begin with a comment naming the file) and commands
 * to run (the lines of `sh` blocks), in order. What has to be done and is not in such a block is not in the list.
 */
export type Step =
  | { readonly file: string; readonly content: string }
  | { readonly command: readonly string[] };

export function stepsOf(markdown: string): readonly Step[] {
  return [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, language, content]): Step[] => {
    if (language === 'sh')
      return content!
        .trimEnd()
        .split('\n')
        .map(line => ({ command: wordsOf(line) }));
    const file = /^(?:\/\/|#) (\S+\.\w+)\n/.exec(content!)?.[1];
    return file ? [{ file, content: content! }] : [];
  });
}

/** The words of a command line without quotes or comments. */
const wordsOf = (line: string) =>
  line
    .replace(/\s+#.*$/, '')
    .trim()
    .split(/\s+/);
