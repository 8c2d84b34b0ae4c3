import * as z from 'zod';

const Message = z.looseObject({ content: z.string() });
const Whole = z.union([
  z.looseObject({ message: Message }).transform(({ message }) => message.content),
  z
    .looseObject({ choices: z.tuple([z.looseObject({ message: Message })], z.unknown()) })
    .transform(({ choices }) => choices[0].message.content),
]);

/**
 * What a model said. The plan's services hand on what they got: text, or the whole answer of Ollama (`{message: {content}}`) or of an
 * OpenAI-compatible endpoint (`{choices: [{message: {content}}]}`). Undefined for anything else.
 */
export function replyText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : Whole.safeParse(value).data;
}
