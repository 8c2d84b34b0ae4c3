import * as z from 'zod';

/** What is read of an agent's messages (Agent Client Protocol v1); all else is ignored, for its schema grows. */

const Said = z.string().optional().catch(undefined);
const Tokens = z.int().nonnegative().optional().catch(undefined);
const Meta = z.looseObject({}).optional().catch(undefined);

export const Initialized = z.object({
  protocolVersion: z.number(),
  agentInfo: z.object({ name: z.string(), version: Said }).optional().catch(undefined),
  agentCapabilities: z
    .object({
      loadSession: z.boolean().catch(false).default(false),
      mcpCapabilities: z
        .object({ http: z.boolean().catch(false).default(false) })
        .optional()
        .catch(undefined),
      sessionCapabilities: z
        .object({ resume: z.looseObject({}).optional().catch(undefined) })
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
  authMethods: z
    .array(z.object({ name: Said, description: Said, type: Said, args: z.array(z.string()).optional().catch(undefined), _meta: Meta }))
    .catch([])
    .default([]),
});
export type Initialized = z.infer<typeof Initialized>;

const Choice = z.object({ value: z.string(), name: Said });
const ConfigOption = z.object({
  id: z.string(),
  category: Said,
  /** The choices, or groups of them. */
  options: z
    .array(z.union([Choice.transform((choice) => [choice]), z.object({ options: z.array(Choice) }).transform(({ options }) => options)]))
    .transform((groups) => groups.flat())
    .catch([]),
});

/** What a session lets one choose. */
export const Choices = z.object({
  configOptions: z
    .array(ConfigOption.optional().catch(undefined))
    .catch([])
    .default([])
    .transform((options) => options.filter((option) => option !== undefined)),
});

export const Opened = z.object({ sessionId: z.string().min(1).max(200) });

/** Tokens of one turn; part of the unstable schema. */
const TurnUsage = z.object({
  totalTokens: Tokens,
  inputTokens: Tokens,
  outputTokens: Tokens,
  thoughtTokens: Tokens,
  cachedReadTokens: Tokens,
  cachedWriteTokens: Tokens,
});
export type TurnUsage = z.infer<typeof TurnUsage>;

export const Prompted = z.object({ stopReason: z.string(), usage: TurnUsage.optional().catch(undefined) });
export type Prompted = z.infer<typeof Prompted>;

export const TextChunk = z.object({
  content: z.object({ type: z.literal('text'), text: z.string() }),
  messageId: Said,
  _meta: z
    .object({ usage: TurnUsage.optional().catch(undefined) })
    .optional()
    .catch(undefined),
});

const Status = z.enum(['pending', 'in_progress', 'completed', 'failed']);

export const FileDiff = z.object({
  type: z.literal('diff'),
  path: z.string().min(1).max(4096),
  oldText: z.string().nullish(),
  newText: z.string(),
});
export type FileDiff = z.infer<typeof FileDiff>;

/** A text in the content of a tool call. */
export const TextContent = z.object({ type: z.literal('content'), content: z.object({ type: z.literal('text'), text: z.string() }) });

/** A tool call, or what has changed of it. */
export const ToolCallPart = z.object({
  toolCallId: z.string().max(1000),
  title: Said,
  name: Said,
  kind: Said,
  status: Status.optional().catch(undefined),
  content: z.array(z.unknown()).optional().catch(undefined),
  locations: z
    .array(z.object({ path: z.string() }))
    .optional()
    .catch(undefined),
  rawInput: z.unknown().optional(),
  _meta: Meta,
});
export type ToolCallPart = z.infer<typeof ToolCallPart>;

export const PermissionRequest = z.object({
  sessionId: z.string(),
  toolCall: ToolCallPart,
  options: z.array(z.object({ optionId: z.string().max(1000), name: z.string(), kind: z.string().catch('') })),
});
export type PermissionRequest = z.infer<typeof PermissionRequest>;
export type PermissionOption = PermissionRequest['options'][number];

export const Plan = z.object({ entries: z.array(z.object({ content: z.string(), status: Status.exclude(['failed']).catch('pending') })) });

export const UsageUpdate = z.object({
  cost: z.object({ amount: z.number().nonnegative(), currency: z.string() }).optional().catch(undefined),
});
