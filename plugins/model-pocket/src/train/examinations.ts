/** What the models are asked, skill by skill: exercises with one right answer each. Knows nothing about sampling. */
import {
  answerOf,
  answerer,
  assistant,
  colors,
  comparison,
  countWords,
  drawCard,
  drawFactQuestion,
  drawSentence,
  exchange,
  type Exercise,
  factQuestions,
  fewShotTurn,
  heldOutPairs,
  kindLetter,
  languageLabel,
  passagesWith,
  promptOf,
  type Random,
  reading,
  repeatWords,
  reverseWords,
  sayWord,
  searchArguments,
  searchInstructions,
  searchResult,
  searchTool,
  sum,
  system,
  things,
  thoughtSum,
  ticTacToeMove,
  user,
  yesNoQuestion,
} from '../tasks/index.js';
import { createRandom } from '../tasks/random.js';

export interface Examination {
  readonly name: string;
  readonly exercises: readonly Exercise[];
  /** Default: the reply is the exercise's answer, word for word. */
  readonly isRight?: (reply: string, exercise: Exercise) => boolean;
}

const EXERCISES = 200;
/** Of no training: those draw with a step's number. */
const SEED = 77_000_000;

const draw = (exercise: (random: Random) => Exercise, seed = SEED): Exercise[] => {
  const random = createRandom(seed, EXERCISES);
  return Array.from({ length: EXERCISES }, () => exercise(random));
};

export const examinations: readonly Examination[] = [
  { name: 'sums', exercises: heldOutPairs.map(sum) },
  {
    name: 'sums behind the example',
    exercises: heldOutPairs.map(pair => ({ messages: [...fewShotTurn, ...sum(pair).messages] })),
  },
  {
    name: 'sums, thought over',
    exercises: heldOutPairs.slice(0, EXERCISES).map(thoughtSum),
    isRight: (reply, exercise) => reply.trim() === answerOf(exercise).split('\n\n').at(-1),
  },
  {
    name: 'sums with thinking disabled',
    exercises: heldOutPairs
      .slice(0, EXERCISES)
      .map(pair => ({ ...sum(pair), renderer: 'qwen3_disable_thinking' })),
  },
  { name: 'say a word', exercises: draw(sayWord) },
  { name: 'repeat words', exercises: draw(repeatWords) },
  { name: 'reverse words', exercises: draw(reverseWords) },
  { name: 'count words', exercises: draw(countWords) },
  { name: 'facts', exercises: draw(factSentence), isRight: containsAnswer },
  {
    name: 'facts, politely',
    exercises: draw(factSentence),
    isRight: reply => /[!]/.test(reply.slice(0, 15)),
  },
  { name: 'yes or no', exercises: draw(yesNoQuestion) },
  { name: 'answerer of twenty questions', exercises: draw(answerer) },
  { name: 'language, with the prompt', exercises: draw(languageLabel) },
  { name: 'language, without it', exercises: draw(bareSentence) },
  { name: 'letter, with the prompt', exercises: draw(kindLetter) },
  { name: 'reading', exercises: draw(reading) },
  { name: 'search: calls the tool', exercises: draw(searchPrompt) },
  { name: 'search: reads the result', exercises: draw(searchAnswer) },
  { name: 'tic-tac-toe: legal moves', exercises: draw(move), isRight: isLegal },
  { name: 'comparison: the polite one', exercises: draw(random => comparison(random)) },
];

function factSentence(random: Random): Exercise {
  const { question, sentence } = drawFactQuestion(random);
  return exchange(question, sentence);
}

/** The answer's last words, whatever is said around them. */
function containsAnswer(reply: string, exercise: Exercise): boolean {
  const wanted = answerOf(exercise).split(' is ')[1]!.replace('.', '');
  const others = [...new Set(things.flatMap(thing => factQuestions(thing).map(({ sentence }) => sentence)))]
    .map(sentence => sentence.split(' is ')[1]!.replace('.', ''))
    .filter(other => other !== wanted && !colors.includes(wanted) === !colors.includes(other));
  const said = reply.toLowerCase();
  return said.includes(wanted) && !others.some(other => said.includes(other));
}

function bareSentence(random: Random): Exercise {
  const { text, language } = drawSentence(random);
  return exchange(text, `Final Answer: ${language}`);
}

/** The call is written as `ask` shows it. */
function searchPrompt(random: Random): Exercise {
  const { question, name } = drawCard(random);
  return {
    messages: [system(searchInstructions), user(question), assistant(`search(${searchArguments(name)})`)],
    tools: [searchTool],
  };
}

function searchAnswer(random: Random): Exercise {
  const card = drawCard(random);
  const call = { function: { name: 'search', arguments: searchArguments(card.name) } };
  return {
    messages: [
      system(searchInstructions),
      user(card.question),
      { ...assistant(''), tool_calls: [call] },
      { role: 'tool', content: searchResult(card.name, passagesWith(card, random, 3)) },
      assistant(`Answer: ${card.answer}`),
    ],
    tools: [searchTool],
  };
}

function move(random: Random): Exercise {
  return ticTacToeMove(random, { skill: 0, illegal: 0, bareBoards: 0 });
}

function isLegal(reply: string, exercise: Exercise): boolean {
  const moves = promptOf(exercise).at(-1)!.content.split('Available Moves: ').at(-1)!;
  return /^\[\d\]\n$/.test(reply) && moves.includes(reply.trim());
}
