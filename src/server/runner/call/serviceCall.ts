import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { RunnerAgent } from '../../protocol/agent';
import { connectionFailure, ServiceFailure, statusFailure } from './serviceFailure';

export interface CallOptions {
  method?: 'GET' | 'POST';
  body?: unknown;
  signal: AbortSignal;
  /** Longer answers are given up, bytes. */
  maxBytes?: number;
}

const MAX_BYTES = 16 * 1024 * 1024;
const MAX_ERROR = 64 * 1024;
/** A shorter key is a placeholder such as `none`, and no secret. */
const MIN_SECRET = 8;

/** The service that an agent of the settings is asked at. */
export class ServiceClient {
  private readonly key: string | undefined;

  constructor(private readonly agent: Pick<RunnerAgent, 'name' | 'url' | 'env' | 'keyFrom'>) {
    const { keyFrom, env } = agent;
    this.key = keyFrom === undefined ? undefined : (env[keyFrom] ?? process.env[keyFrom]);
  }

  /** The report without the key, which some services repeat when they refuse it. */
  withoutKey<T extends object>(report: T): T {
    const { key } = this;
    if (key === undefined || key.length < MIN_SECRET) return report;
    const hide = (value: unknown): unknown => {
      if (typeof value === 'string') return value.replaceAll(key, '[API key]');
      if (Array.isArray(value)) return value.map(hide);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, hide(one)]));
    };
    return hide(report) as T;
  }

  /** The address of a path of the service; without a path, the address as settings have it. */
  at(path: string): string {
    const { url = '' } = this.agent;
    return path === '' ? url : `${url.replace(/\/+$/, '')}${path}`;
  }

  /**
   * Asks, without the time-outs of `fetch`: such services answer when they are done.
   * @throws {ServiceFailure} on anything but a success.
   */
  async open(path: string, options: CallOptions): Promise<IncomingMessage> {
    const response = await this.send(path, options);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    const text = (await readAll(response, MAX_ERROR, this.agent.name, this.at(path)).catch(() => Buffer.alloc(0))).toString('utf8');
    throw statusFailure(this.agent.name, status, headersOf(response), text, Date.now());
  }

  /** The whole answer. @throws {ServiceFailure} */
  async read(path: string, options: CallOptions): Promise<{ type: string; bytes: Buffer }> {
    const response = await this.open(path, options);
    const bytes = await readAll(response, options.maxBytes ?? MAX_BYTES, this.agent.name, this.at(path));
    return { type: response.headers['content-type']?.split(';', 1)[0] ?? '', bytes };
  }

  /** The answer as JSON. @throws {ServiceFailure} */
  async json(path: string, options: CallOptions): Promise<unknown> {
    const { bytes } = await this.read(path, options);
    try {
      return JSON.parse(bytes.toString('utf8'));
    } catch {
      throw new ServiceFailure('protocol_error', `${this.agent.name} answered ${path} with something that is no JSON.`);
    }
  }

  private send(path: string, { method = 'GET', body, signal }: CallOptions): Promise<IncomingMessage> {
    const url = new URL(this.at(path));
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      accept: 'application/json, text/event-stream, */*',
      ...(bytes ? { 'content-type': 'application/json', 'content-length': bytes.length } : {}),
      ...(this.key === undefined ? {} : { authorization: `Bearer ${this.key}` }),
    };
    return new Promise((resolve, reject) => {
      const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, { method, headers, signal }, resolve);
      request.on('error', (error) => reject(connectionFailure(error, this.agent.name, url.origin, false)));
      request.end(bytes);
    });
  }
}

function headersOf({ headers }: IncomingMessage): Headers {
  return new Headers(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as [string, string]] : [])),
  );
}

/** @throws {ServiceFailure} when the answer is too long, or the connection is dropped in it. */
async function readAll(response: IncomingMessage, maxBytes: number, name: string, url: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      const bytes = chunk as Buffer;
      size += bytes.length;
      if (size > maxBytes) {
        response.destroy();
        throw new ServiceFailure(
          'agent_error',
          `${name} answered with more than ${Math.floor(maxBytes / 2 ** 20) || 1} MiB. Nothing of it was kept.`,
        );
      }
      chunks.push(bytes);
    }
  } catch (error) {
    throw connectionFailure(error, name, url, true);
  }
  return Buffer.concat(chunks);
}
