import { methods, PROTOCOL_VERSION, RequestError, type ClientContext, type McpServer } from '@agentclientprotocol/sdk';
import type * as z from 'zod';
import { errorText } from '../../base/errors';
import { cleanLine, shorten } from '../../domain/text';
import type { AssignParams } from '../../protocol/agent';
import { Failure } from './failure';
import { SERVER_NAME } from './permissions';
import { Choices, Initialized, Opened } from './schema';

/** What the tower tells an agent of itself; it offers neither files nor terminals. */
const CLIENT = { protocolVersion: PROTOCOL_VERSION, clientCapabilities: {}, clientInfo: { name: 'tasktower', version: '1' } };

export interface SessionOptions {
  agentName: string;
  cwd: string;
  assignment: Pick<AssignParams, 'url' | 'token' | 'session'>;
  /** How long one answer may take, ms. */
  patienceMs: { initialize: number; session: number };
  log: (text: string) => void;
  /** The model that is wanted. */
  model: string | undefined;
}

/** An open session. */
export interface Session {
  id: string;
  /** It was there before: it holds more than this attempt. */
  isResumed: boolean;
}

/** The first exchange. @throws {Failure} when the agent is silent, or speaks another protocol. */
export async function initialize(agent: ClientContext, { agentName, patienceMs }: SessionOptions): Promise<Initialized> {
  const answer = await inTime(agent.request(methods.agent.initialize, CLIENT), patienceMs.initialize, () =>
    silent(agentName, patienceMs.initialize),
  );
  const initialized = read(Initialized, answer, agentName);
  const { protocolVersion } = initialized;
  if (protocolVersion !== PROTOCOL_VERSION) {
    const said = `${agentName} speaks version ${protocolVersion} of the Agent Client Protocol, Tasktower version ${PROTOCOL_VERSION}`;
    throw new Failure('protocol_error', `${said}. ${protocolVersion > PROTOCOL_VERSION ? 'Update Tasktower' : 'Update the agent'}.`);
  }
  return initialized;
}

/** Opens the session that is asked for, or a new one. @throws {Failure | RequestError} when there is none to be had. */
export async function openSession(agent: ClientContext, initialized: Initialized, options: SessionOptions): Promise<Session> {
  const { agentName, cwd, assignment, patienceMs, log } = options;
  const capabilities = initialized.agentCapabilities;
  const mcpServers = capabilities?.mcpCapabilities?.http ? [towerServer(assignment)] : [];
  const wait = <T>(answer: Promise<T>): Promise<T> => inTime(answer, patienceMs.session, () => silent(agentName, patienceMs.session));
  const wanted = assignment.session;
  const method = capabilities?.sessionCapabilities?.resume ? 'resume' : capabilities?.loadSession ? 'load' : undefined;
  if (wanted !== undefined && method === undefined) log(`${agentName} cannot go on with an earlier session: a new one is opened.`);
  if (wanted !== undefined && method !== undefined) {
    try {
      const resumed = await wait<unknown>(agent.request(methods.agent.session[method], { sessionId: wanted, cwd, mcpServers }));
      await wait(chooseModel(agent, wanted, resumed, options));
      return { id: wanted, isResumed: true };
    } catch (error) {
      if (!(error instanceof RequestError) || error.code === -32_000) throw error;
      log(`${agentName} could not go on with the earlier session (${cleanLine(errorText(error))}): a new one is opened.`);
    }
  }
  const opened = await wait(agent.request(methods.agent.session.new, { cwd, mcpServers }));
  const { sessionId } = read(Opened, opened, agentName);
  await wait(chooseModel(agent, sessionId, opened, options));
  return { id: sessionId, isResumed: false };
}

async function chooseModel(
  agent: ClientContext,
  sessionId: string,
  opened: unknown,
  { agentName, model, log }: SessionOptions,
): Promise<void> {
  if (model === undefined) return;
  const { configOptions } = Choices.safeParse(opened ?? {}).data ?? { configOptions: [] };
  const option = configOptions.find(({ category }) => category === 'model') ?? configOptions.find(({ id }) => id === 'model');
  const choice = option?.options.find(({ value, name }) => value === model || name === model);
  if (option && choice) {
    await agent.request(methods.agent.session.setConfigOption, { sessionId, configId: option.id, value: choice.value });
    return;
  }
  const offered = cleanLine((option?.options ?? []).map(({ value }) => value).join(', '));
  log(`${agentName} has no model "${model}", so it takes its own choice.${offered ? ` It offers: ${shorten(offered, 1_000)}.` : ''}`);
}

/** An answer of the agent as its schema has it. @throws {Failure} */
export function read<T extends z.ZodType>(schema: T, answer: unknown, agentName: string): z.output<T> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const what = parsed.error.issues[0];
  throw new Failure(
    'protocol_error',
    `${agentName} does not speak the Agent Client Protocol: ${what?.path.join('.') ?? ''}: ${what?.message ?? ''}`,
  );
}

function towerServer({ url, token }: SessionOptions['assignment']): McpServer {
  return { type: 'http', name: SERVER_NAME, url: `${url}/mcp`, headers: [{ name: 'Authorization', value: `Bearer ${token}` }] };
}

function silent(agentName: string, ms: number): Failure {
  const said = `${agentName} did not answer within ${ms / 1000} s`;
  return new Failure(
    'spawn_failed',
    `${said}. Check that "command" in tasktower.agents starts it as an agent of the Agent Client Protocol.`,
  );
}

async function inTime<T>(answer: Promise<T>, ms: number, late: () => Failure): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(late()), ms)));
  return Promise.race([answer, timeout]).finally(() => clearTimeout(timer));
}
