/** Twenty questions: rules and texts of the Cookbook. Knows nothing about who answers. */
import { type Message, textOf } from '@tinsmith/core';
import type { MessageEnv } from '@tinsmith/training';

const PLAYER =
  'You are the player in a game of 20 questions. You will ask a series of yes/no questions to the answerer. ' +
  'You will win if you can guess the answer in 20 questions or less. You will lose if you ask more than 20 questions. ' +
  "To guess the answer, write a line of the form 'Guess: <answer>' (without the angle brackets). " +
  "The answer is always a single word -- don't use articles like 'a' or 'the'. " +
  'Your questions should be one line, and less than 20 words.';
const answererInstructions = (word: string) =>
  "You are the answerer in a game of 20 questions. You should only ever respond with 'yes' or 'no'. " +
  `Your secret word is ${word}. If the other player guesses it with Guess: <answer>, ` +
  "respond with 'yes' only if the answer is precisely your secret word.";

const MAX_TURNS = 20;

/** Answers a turn of the player. `messages`: what the answerer is told, and that turn alone. `turn` counts from 0. */
export type Answerer = (messages: readonly Message[], turn: number) => Promise<Message>;

/**
 * One game. The right guess earns 1 and ends it, all else 0. Metrics: `guess` per turn, 1 if it is one; `yes_or_no`, whether the
 * answerer kept to that; `won` and `questions` of a game that is over.
 */
export function twentyQuestionsGame(word: string, answerer: Answerer): MessageEnv {
  const turns: Message[] = [];
  const conversation = (): Message[] => [{ role: 'system', content: PLAYER }, ...turns];

  return {
    initialMessages: conversation,

    async step(message) {
      const said = textOf(message);
      const instructions = { role: 'system', content: answererInstructions(word) };
      const reply = await answerer([instructions, { role: 'user', content: said }], turns.length / 2);
      const answer = textOf(reply);
      turns.push({ role: 'assistant', content: said }, { role: 'user', content: answer });

      const [, guess] = /^Guess: ([^\n]*)/.exec(said) ?? [];
      const won = guess?.toLowerCase() === word.toLowerCase();
      const questions = turns.length / 2;
      const metrics = {
        guess: guess === undefined ? 0 : 1,
        yes_or_no: /^\s*(?:yes|no)\b/i.test(answer) ? 1 : 0,
      };
      const step = { reward: won ? 1 : 0, logs: { said, answer, word } };
      if (!won && questions < MAX_TURNS)
        return { ...step, episodeDone: false, next: conversation(), metrics };
      return {
        ...step,
        episodeDone: true,
        stopReason: won ? 'completed' : 'max_turns',
        metrics: { ...metrics, won: won ? 1 : 0, questions },
      };
    },
  };
}
