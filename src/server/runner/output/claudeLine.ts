import * as z from 'zod';

const Text = z.string().optional().catch(undefined);
const count = z.int().nonnegative().optional().catch(undefined);
const Block = z.looseObject({
  type: z.string(),
  text: Text,
  thinking: Text,
  name: Text,
  id: Text,
  tool_use_id: Text,
  is_error: z.boolean().optional().catch(undefined),
  input: z.unknown().optional(),
});
export type ClaudeBlock = z.infer<typeof Block>;
const Message = z.looseObject({
  content: z.union([z.array(Block), z.string().transform((text) => [Block.parse({ type: 'text', text })])]),
});
const Tokens = z.looseObject({
  input_tokens: count,
  output_tokens: count,
  cache_creation_input_tokens: count,
  cache_read_input_tokens: count,
});
/** Seconds since 1970, before the year 10000. */
const Epoch = z.number().nonnegative().max(253_402_300_799);

/** A line of `claude -p --output-format stream-json --verbose`: https://code.claude.com/docs/en/headless, fields as its Agent SDK types them. */
export const ClaudeLine = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('system'), subtype: Text, session_id: Text, model: Text, error_status: count }),
  z.looseObject({ type: z.literal('assistant'), message: Message, parent_tool_use_id: z.string().nullish().catch(undefined) }),
  z.looseObject({ type: z.literal('user'), message: Message }),
  z.looseObject({
    type: z.literal('rate_limit_event'),
    rate_limit_info: z.looseObject({ status: Text, resetsAt: Epoch.optional().catch(undefined) }),
  }),
  z.looseObject({ type: z.literal('stream_event') }),
  z.looseObject({
    type: z.literal('result'),
    subtype: Text,
    is_error: z.boolean().optional(),
    result: Text,
    errors: z.array(z.string()).optional().catch(undefined),
    api_error_status: count,
    total_cost_usd: z.number().nonnegative().optional().catch(undefined),
    usage: Tokens.optional().catch(undefined),
  }),
]);
export type ClaudeResult = Extract<z.infer<typeof ClaudeLine>, { type: 'result' }>;

/** What the tool `TodoWrite` is called with. */
export const Todos = z.looseObject({
  todos: z.array(z.looseObject({ content: z.string(), status: z.enum(['pending', 'in_progress', 'completed']) })),
});
