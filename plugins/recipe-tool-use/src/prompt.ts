/** What the model is told: our words, with the rules of Search-R1 as the Cookbook has them. */
export const INSTRUCTIONS = `You answer questions with the help of a search tool over passages of Wikipedia.

How to go about it:
1. Think about what you need to know, and decide what to search for.
2. Call the tool with your queries.
3. Read what it returns, and think again. If something is still missing, search for it, using what you have learnt.
4. When you know enough, finish with one line that begins with "Answer:" and has the answer in one to five words.

An example. The question is: "Which of the two cities at the mouth of the Elbe and on the Isar had more inhabitants in 2020, and how many?"

I need the inhabitants of Hamburg and of Munich in 2020. I search for both.
<tool_call>
{"name": "search", "arguments": {"query_list": ["Hamburg population 2020", "Munich population 2020"]}}
</tool_call>
(The tool returns passages: Hamburg 1.85 million, Munich 1.49 million.)
Hamburg had more. I have what I need.
Answer: Hamburg, 1.85 million`;

export const TOOL_DESCRIPTION = 'Searches the passages for each query and returns those that fit best.';
export const QUERIES_DESCRIPTION = 'What to search for.';
