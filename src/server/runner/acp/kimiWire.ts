import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { LineSplitter } from '../../base/lineSplitter';
import { openPlainFile } from '../plainFile';
import type { Tokens } from './usageCount';

/** A longer conversation is not read, bytes. */
const MAX_WIRE = 512 * 1024 * 1024;
const Count = z.int().nonnegative();
/** Lines of `wire.jsonl` as Kimi Code 2.1.0 writes them; not documented, so a record of any other shape means that nothing is known. */
const Entry = z.looseObject({ type: z.literal('usage.record'), usageScope: z.string() });
const Request = z.object({ type: z.literal('llm.request'), model: z.string().min(1).max(120), modelAlias: z.string() });
const TurnEnded = z.object({
  type: z.literal('turn.ended'),
  reason: z.string(),
  error: z
    .object({ code: z.string().optional().catch(undefined), message: z.string().optional().catch(undefined) })
    .optional()
    .catch(undefined),
});
const UsageRecord = z.object({
  model: z.string().max(120).optional().catch(undefined),
  usage: z.object({ inputOther: Count, output: Count, inputCacheRead: Count, inputCacheCreation: Count }),
});

/** Where Kimi Code keeps its sessions, for a process with this environment. */
export function kimiHome(env: NodeJS.ProcessEnv): string {
  return env.KIMI_CODE_HOME || join(env.HOME || homedir(), '.kimi-code');
}

/** What its files tell of a Kimi Code session, and its ACP leaves out. */
export interface KimiSession {
  /** Undefined when they cannot be known. */
  tokens?: Tokens;
  /** Why the last turn failed: over ACP it ends like any other. */
  failure?: string;
}

/** Reads what is known of a session; nothing when its file is not there, or is not as it was. */
export async function readKimiSession(home: string, sessionId: string): Promise<KimiSession> {
  const path = await findWire(join(home, 'sessions'), sessionId);
  if (path === undefined) return {};
  const tokens = { inputTokens: 0, outputTokens: 0, cachedTokens: 0 };
  const models = new Map<string, string>();
  let model: string | undefined;
  let failure: string | undefined;
  let count = 0;
  let isStrange = false;
  const lines = new LineSplitter((line) => {
    // Most lines are the conversation itself, and long.
    if (!/"(llm\.request|usage\.record|turn\.ended)"/.test(line)) return;
    const entry = parse(line);
    const request = Request.safeParse(entry).data;
    if (request) models.set(request.modelAlias, request.model);
    const ended = TurnEnded.safeParse(entry).data;
    if (ended)
      failure = ended.reason === 'failed' ? [ended.error?.code, ended.error?.message].filter(Boolean).join(': ') || 'failed' : undefined;
    if (Entry.safeParse(entry).data?.usageScope !== 'turn') return;
    const record = UsageRecord.safeParse(entry).data;
    if (!record) return void (isStrange = true);
    const { usage } = record;
    tokens.inputTokens += usage.inputOther + usage.inputCacheRead + usage.inputCacheCreation;
    tokens.cachedTokens += usage.inputCacheRead;
    tokens.outputTokens += usage.output;
    model = record.model ?? model;
    count++;
  });
  try {
    const { file, size } = await openPlainFile(path, MAX_WIRE);
    // Not beyond its present end: it may grow as fast as it is read. The stream closes it.
    if (size === 0) await file.close();
    else for await (const chunk of file.createReadStream({ end: size - 1 })) lines.push(chunk as Buffer);
  } catch {
    return {};
  }
  lines.end();
  const named = model?.trim() ? { model: models.get(model) ?? model } : {};
  return { ...(count === 0 || isStrange ? {} : { tokens: { ...tokens, ...named } }), ...(failure === undefined ? {} : { failure }) };
}

/** What was used since `before`, which others used. */
export function tokensSince(before: Tokens | undefined, now: Tokens | undefined): Tokens | undefined {
  if (!before || !now) return now;
  const less = (name: 'inputTokens' | 'outputTokens' | 'cachedTokens'): number => Math.max(0, (now[name] ?? 0) - (before[name] ?? 0));
  return { ...now, inputTokens: less('inputTokens'), outputTokens: less('outputTokens'), cachedTokens: less('cachedTokens') };
}

/** `<sessions>/<working folder>/<session>/agents/main/wire.jsonl`; names are compared, never joined from what the agent says. */
async function findWire(sessions: string, sessionId: string): Promise<string | undefined> {
  for (const folder of await foldersIn(sessions)) {
    const found = (await foldersIn(join(sessions, folder))).find((name) => name === sessionId);
    if (found !== undefined) return join(sessions, folder, found, 'agents', 'main', 'wire.jsonl');
  }
  return undefined;
}

async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
