import { expect, test } from 'vitest';
import {
  answererPrompt,
  answerer,
  answerOf,
  comparison,
  countWords,
  createRandom,
  description,
  type Exercise,
  fact,
  guessNumber,
  kindLetter,
  languageLabel,
  player,
  type Random,
  reading,
  repeatWords,
  reverseWords,
  sayWord,
  searchQuestion,
  things,
  ticTacToeMove,
  yesNoQuestion,
  yesNoQuestions,
} from './index.js';

/** 300 exercises, the same in every run. */
function draw<T>(exercise: (random: Random) => T): T[] {
  const random = createRandom(5);
  return Array.from({ length: 300 }, () => exercise(random));
}
const asked = ({ messages }: { messages: readonly { content: string }[] }) => messages.at(-2)!.content;
const share = (values: readonly boolean[]) => values.filter(Boolean).length / values.length;

test('lists are said, repeated, reversed and counted', () => {
  for (const exercise of [...draw(sayWord), ...draw(repeatWords)])
    expect(asked(exercise).replace(/\.$/, '').endsWith(answerOf(exercise))).toBe(true);
  for (const exercise of draw(reverseWords))
    expect(answerOf(exercise).split(' ').toReversed().join(' ')).toBe(
      asked(exercise).slice('Reverse: '.length),
    );
  for (const exercise of draw(countWords))
    expect(Number(answerOf(exercise))).toBe(asked(exercise).split(' ').length - 3);
});

test('no two things are alike in all that can be asked about them', () => {
  const answers = things.map(thing => yesNoQuestions.map(({ holds }) => Number(holds(thing))).join(''));
  expect(things.length).toBe(32);
  const alike = things.filter((_, index) => answers.indexOf(answers[index]!) !== index);
  expect(alike.map(thing => thing.name)).toEqual([]);
});

test('yes and no are about equally likely, in the game and outside', () => {
  for (const exercises of [draw(answerer), draw(yesNoQuestion)]) {
    const yes = share(exercises.map(exercise => answerOf(exercise) === 'yes'));
    expect(Math.abs(yes - 0.5)).toBeLessThan(0.12);
  }
});

test('the answerer says yes to its secret word alone', () => {
  for (const exercise of draw(answerer)) {
    const guess = /^Guess: (.*)/.exec(asked(exercise))?.[1];
    if (guess === undefined) continue;
    const isSecret = exercise.messages[0]!.content === answererPrompt.join(guess);
    expect(answerOf(exercise)).toBe(isSecret ? 'yes' : 'no');
  }
});

test('an attentive player guesses only what fits all answers', () => {
  for (const { messages } of draw(random => player(random, 1))) {
    let fitting = [...things];
    messages.forEach((message, index) => {
      const question = yesNoQuestions.find(({ text }) => text === message.content);
      if (question)
        fitting = fitting.filter(thing => question.holds(thing) === (messages[index + 1]!.content === 'yes'));
    });
    for (const { content } of messages) {
      const guess = /^Guess: (.*)/.exec(content)?.[1];
      if (guess) expect(fitting.map(thing => thing.name)).toContain(guess);
    }
  }
});

test('an attentive guess of a number lies within what is left, and a halving one in the middle', () => {
  for (const { messages } of draw(random => guessNumber(random, 1, 1))) {
    let [low, high] = [0, Number(/between 0 and (\d+)/.exec(messages[0]!.content)![1]) - 1];
    messages.forEach(({ content }, index) => {
      const guess = Number(/^Guess: (\d+)$/.exec(content)?.[1] ?? Number.NaN);
      if (Number.isNaN(guess)) return;
      expect(guess).toBe(Math.floor((low + high) / 2));
      if (messages[index + 1]?.content === 'Too low') low = guess + 1;
      else high = guess - 1;
    });
  }
});

const isLegal = (exercise: Exercise) =>
  asked(exercise).split('Available Moves: ').at(-1)!.includes(answerOf(exercise).trim());

test('moves in tic-tac-toe are legal, or illegal as often as they are to be', () => {
  expect(
    share(draw(random => ticTacToeMove(random, { skill: 0.5, illegal: 0, bareBoards: 0 })).map(isLegal)),
  ).toBe(1);
  // The first move of a game cannot be illegal.
  const illegal =
    1 - share(draw(random => ticTacToeMove(random, { skill: 0, illegal: 1, bareBoards: 0 })).map(isLegal));
  expect(illegal).toBeGreaterThan(0.8);
});

test('a clever move wins where one can', () => {
  const exercises = draw(random => ticTacToeMove(random, { skill: 1, illegal: 0, bareBoards: 0 }));
  const winning = exercises.filter(exercise => asked(exercise).includes('\n O | O | 2 \n'));
  const lastBoards = winning.filter(
    exercise => asked(exercise).lastIndexOf('\n O | O | 2 \n') > asked(exercise).lastIndexOf('Current Board'),
  );
  expect(lastBoards.length).toBeGreaterThan(0);
  for (const exercise of lastBoards) expect(answerOf(exercise)).toMatch(/^\[\d\]\n$/);
});

test('what is read or found holds the answer', () => {
  for (const exercise of draw(reading)) expect(asked(exercise)).toContain(answerOf(exercise));
  for (const { messages } of draw(random =>
    searchQuestion(random, { searches: 1, misreads: 0, documents: 3 }),
  )) {
    const [, question, call, result, answer] = messages;
    const { query_list: queries } = JSON.parse(call!.tool_calls![0]!.function.arguments) as {
      query_list: string[];
    };
    expect(question!.content).toContain(queries[0]);
    expect(result!.content).toContain(answer!.content.replace('Answer: ', ''));
  }
  const calls = draw(random => searchQuestion(random, { searches: 0.35, misreads: 0, documents: 3 })).map(
    ({ messages }) => messages.length === 5,
  );
  expect(Math.abs(share(calls) - 0.35)).toBeLessThan(0.12);
});

test('labels follow the prompt', () => {
  for (const exercise of draw(kindLetter)) {
    const { kind } = things.find(({ name }) => name === asked(exercise))!;
    expect(exercise.messages[0]!.content).toContain(`${kind} ${answerOf(exercise)}`);
  }
  const labels = draw(languageLabel).map(answerOf);
  expect(new Set(labels)).toEqual(
    new Set(['en', 'de', 'fr', 'es', 'tr'].map(language => `Final Answer: ${language}`)),
  );
});

test('facts are told politely or curtly, and a certain judge prefers the polite one', () => {
  const polite = draw(random => fact(random)).map(exercise => answerOf(exercise).slice(0, 15).includes('!'));
  expect(Math.abs(share(polite) - 0.5)).toBeLessThan(0.12);
  for (const exercise of draw(random => comparison(random))) {
    const [a, b] = [exercise.messages[2]!.content, exercise.messages[4]!.content];
    expect((answerOf(exercise) === 'A' ? a : b).slice(0, 15)).toContain('!');
    expect((answerOf(exercise) === 'A' ? b : a).slice(0, 15)).not.toContain('!');
  }
});

test('descriptions are of very different lengths', () => {
  const sentences = draw(description).map(exercise => answerOf(exercise).split('. ').length);
  expect(new Set(sentences)).toEqual(new Set([1, 2, 3, 4, 5, 6]));
});
