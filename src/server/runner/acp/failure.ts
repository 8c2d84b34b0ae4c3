import { RequestError } from '@agentclientprotocol/sdk';
import { errorText } from '../../base/errors';
import type { FinalReport } from '../../domain/report';
import type { ErrorKind } from '../../domain/task';
import { cleanLine, shorten } from '../../domain/text';
import type { RunnerAgent } from '../../protocol/agent';
import type { Exit } from '../agentProcess';
import { isLimit, isLogin, retryAtOf } from '../failureWords';
import type { Initialized } from './schema';

/** The longest message of an error, characters. */
const MAX_MESSAGE = 4_000;
/** Error codes of ACP v1 and JSON-RPC. */
const AUTH_REQUIRED = -32_000;
const METHOD_NOT_FOUND = -32_601;
const VERSION_NOT_SUPPORTED = -32_022;

type AuthMethods = Initialized['authMethods'];

/** An end of the work that is already explained. */
export class Failure extends Error {
  constructor(
    readonly kind: ErrorKind,
    message: string,
    readonly retryAt?: string,
  ) {
    super(message);
  }
}

/** The final report of a failure. */
export function reportOf({ kind, message, retryAt }: Failure): FinalReport {
  return { type: 'error', kind, message: shorten(message, MAX_MESSAGE), ...(retryAt === undefined ? {} : { retryAt }) };
}

/** What an error answer, or the loss of the connection, means to people. */
export function failureOf(error: unknown, agent: Pick<RunnerAgent, 'name' | 'command'>, authMethods: AuthMethods, now: number): Failure {
  if (error instanceof Failure) return error;
  const { name } = agent;
  if (!(error instanceof RequestError)) return new Failure('protocol_error', `The connection to ${name} was lost: ${errorText(error)}.`);
  const words = wordsOf(error);
  const wantsLogin = error.code === AUTH_REQUIRED || (authMethods.length > 0 && isLogin(words));
  // Some agents put the answers of their provider under the code for a login.
  if (wantsLogin && !isLimit(words))
    return new Failure('auth_required', `${name} needs a login: ${sentence(words)} ${loginOf(agent, authMethods)}`);
  if (error.code === METHOD_NOT_FOUND || error.code === VERSION_NOT_SUPPORTED) {
    return new Failure('protocol_error', `${name} does not speak version 1 of the Agent Client Protocol: ${words}`);
  }
  return failureOfWords(words, name, now);
}

/** What an agent's own words of a failure mean. */
export function failureOfWords(words: string, agentName: string, now: number): Failure {
  const message = `${agentName}: ${shorten(cleanLine(words), 2_000)}`;
  return isLimit(words) ? new Failure('limit', message, retryAtOf(words, now)) : new Failure('agent_error', message);
}

/** What the end of the process means. */
export function failureOfExit({ code, signal, notStarted }: Exit, agentName: string, isReady: boolean, lastError: string): Failure {
  if (notStarted !== undefined) return new Failure('spawn_failed', notStarted);
  const how = `${agentName} ended ${isReady ? 'in the middle of its work' : 'before it was ready'} (${code === null ? `by ${signal}` : `exit code ${code}`})`;
  const why = cleanLine(lastError);
  return new Failure(isReady ? 'agent_error' : 'spawn_failed', why ? `${how}: ${why}` : `${how}.`);
}

/** The final report of a turn that ended, by its stop reason. */
export function outcomeOf(stopReason: string, agentName: string, lastWords: string, hasCalledTools: boolean): FinalReport {
  const isEmpty = !lastWords && !hasCalledTools;
  if (stopReason === 'end_turn' && !isEmpty) return { type: 'result', result: lastWords };
  const fail = (kind: ErrorKind, message: string): FinalReport => reportOf(new Failure(kind, message));
  const words = cleanLine(lastWords);
  switch (stopReason) {
    case 'end_turn':
      return fail('agent_error', `${agentName} ended its turn without a word or a tool call.`);
    case 'refusal':
      return fail('refused', words ? `${agentName} refused to go on: ${words}` : `${agentName} refused to go on.`);
    case 'max_tokens':
      return fail(
        'agent_error',
        `${agentName} stopped: its model reached the limit of tokens before the work was done. Make the task smaller.`,
      );
    case 'max_turn_requests':
      return fail(
        'agent_error',
        `${agentName} stopped: it made as many requests as it may in one turn before the work was done. Make the task smaller.`,
      );
    case 'cancelled':
      return fail('agent_error', `${agentName} stopped its turn, though nobody here asked it to.`);
    default:
      return fail('agent_error', `${agentName} stopped: ${shorten(cleanLine(stopReason), 200)}.`);
  }
}

/** How a person logs in: the agent's own command where it names one. */
function loginOf({ name, command }: Pick<RunnerAgent, 'name' | 'command'>, methods: AuthMethods): string {
  for (const { type, args, _meta: meta } of methods) {
    const terminal = meta?.['terminal-auth'];
    const own = typeof terminal === 'object' && terminal !== null ? terminal : undefined;
    const program = own && 'command' in own && typeof own.command === 'string' ? own.command : type === 'terminal' ? command[0] : undefined;
    const given = own && 'args' in own && Array.isArray(own.args) ? own.args.map(String) : args;
    if (program !== undefined) return `In a terminal, run: ${cleanLine([program, ...(given ?? [])].join(' '))}`;
  }
  const said = methods.map(({ description, name: method }) => cleanLine(description ?? method ?? '')).find(Boolean);
  return said ? `To log in: ${said}` : `Start ${command[0] ?? name} in a terminal to log in, then retry.`;
}

function wordsOf({ message, data }: RequestError): string {
  const details = typeof data === 'string' ? data : (stringIn(data, 'details') ?? stringIn(data, 'message') ?? stringIn(data, 'error'));
  return shorten(cleanLine([message, details].filter(Boolean).join(': ')), 2_000);
}

function stringIn(data: unknown, name: string): string | undefined {
  const value: unknown = typeof data === 'object' && data !== null ? (data as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
