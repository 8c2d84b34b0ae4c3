import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Question } from '../../domain/task';
import { reportedOn } from '../reporting';
import { AttemptInput, refOf, tool, type McpParts, type Tool } from './tool';
import { WAIT_MS } from './waiting';

/** Ask a person in mid-work. */
export function questionTools({ tower, questions, pull }: McpParts): Tool[] {
  return [
    tool({
      name: 'ask_human',
      title: 'Ask a person',
      about:
        'Asks the person who watches, with options or for a free answer. Waits up to 50 s; when it says that the question is still open, call again with the same questionId.',
      input: AttemptInput.extend({
        question: Question.shape.text,
        options: Question.shape.options,
        questionId: Question.shape.id.optional().describe('Of the question that is still open, as the last call gave it.'),
      }),
      attempt: 'report',
      handle: async (call) => {
        const { question: text, options } = call.input;
        const { task, attempt } = reportedOn(tower, call, refOf(call), { attempt: call.input.attempt });
        pull.heard(attempt.agentId);
        // Whoever lost the answer, and the id with it, asks the same again.
        const open = attempt.question?.text === text ? attempt.question.id : undefined;
        const id = call.input.questionId ?? open ?? randomUUID();
        const by = { kind: 'agent' as const, name: attempt.agentId };
        const answer = questions.ask(task.id, attempt.n, { id, text, options }, by);
        const late = new AbortController();
        const patience = wait(WAIT_MS, undefined, { signal: AbortSignal.any([late.signal, call.gone]) }).catch(() => undefined);
        try {
          const given = await Promise.race([answer, patience]);
          if (given) return { questionId: id, answered: true, ...given };
          return { questionId: id, answered: false, message: 'Nobody has answered yet. Call ask_human again with the same questionId.' };
        } finally {
          late.abort();
        }
      },
    }),
  ];
}
