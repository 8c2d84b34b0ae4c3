import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { Problem } from '../protocol/rest';
import { CliError, Exit, Refused } from './failure';
import { findAgain, findTower, type Place } from './towers';

/** Between two tries, ms. */
const RETRY_AFTER = 500;
/** How long one answer may take, ms. */
const ANSWER_TIMEOUT = 30_000;
/** A line that takes a file more slowly is as good as cut, bytes a ms. */
const SLOWEST = 64;
/** How long someone who looks on waits for a tower that is away, ms. */
export const PATIENCE = 2_000;
/** How long a report waits for a tower that is away, ms. */
export const REPORT_PATIENCE = 60_000;

const ProblemIn = Problem.pick({ detail: true }).extend({ expected: z.int().positive().optional().catch(undefined) });

export interface Question {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  /** Sent as JSON; a `Blob` as it is. */
  body?: unknown;
  /** The same key has one effect, however often it is sent. */
  key?: string;
  /** How long to try again while the tower is away, ms; 0 = not at all. */
  patience?: number;
  signal?: AbortSignal;
}

/** A tower over REST. It is looked for again when it does not answer, because it may have moved. */
export class Connection {
  private constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly cwd: string,
    private place: Place,
  ) {}

  /** @throws {CliError} when there is no tower for `cwd`. */
  static open(env: NodeJS.ProcessEnv = process.env, cwd: string = process.cwd()): Connection {
    const place = findTower(env, cwd);
    if (place) return new Connection(env, cwd, place);
    throw new CliError(Exit.noTower, `No tower has ${cwd} open. Open the folder in the editor, or start one with "tasktower serve".`);
  }

  get url(): string {
    return this.place.url;
  }

  get token(): string {
    return this.place.token;
  }

  /** Asks until the tower answers. @throws {Refused} what it refuses. @throws {CliError} when it stays away. */
  async ask<T extends z.ZodType>(answer: T, question: Question): Promise<z.output<T>> {
    const until = performance.now() + (question.patience ?? 0);
    for (;;) {
      const reply = await this.tryOnce(question);
      if ('value' in reply) return this.read(answer, reply.value);
      if (performance.now() >= until || question.signal?.aborted) throw reply.away;
      await wait(RETRY_AFTER);
    }
  }

  private async tryOnce(question: Question): Promise<{ value: unknown } | { away: CliError }> {
    const asked = this.place;
    const response = await this.fetch(question);
    if (response?.ok) return { value: await response.json().catch(() => undefined) };
    if (response && response.status !== 401 && response.status !== 429 && response.status < 500) throw await refusalOf(response);
    const found = findAgain(this.env, this.cwd, asked) ?? asked;
    const moved = found.url !== asked.url || found.token !== asked.token;
    this.place = found;
    if (moved) return this.tryOnce(question);
    if (response?.status === 401) throw await refusalOf(response);
    const message = `The tower at ${asked.url} does not answer. Open its folder in the editor, or start it with "tasktower serve".`;
    return { away: response ? await refusalOf(response) : new CliError(Exit.noTower, message) };
  }

  private async fetch({ method, path, body, key, signal }: Question): Promise<Response | undefined> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.place.token}` };
    if (key !== undefined) headers['idempotency-key'] = key;
    if (body !== undefined) headers['content-type'] = body instanceof Blob ? body.type : 'application/json';
    const sending = body instanceof Blob ? Math.ceil(body.size / SLOWEST) : 0;
    const limit = AbortSignal.timeout(ANSWER_TIMEOUT + sending);
    return fetch(`${this.place.url}${path}`, {
      method,
      headers,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      ...(body === undefined ? {} : { body: body instanceof Blob ? body : JSON.stringify(body) }),
    }).catch(() => undefined);
  }

  private read<T extends z.ZodType>(answer: T, value: unknown): z.output<T> {
    const read = answer.safeParse(value);
    if (read.success) return read.data;
    throw new CliError(Exit.refused, `What answers at ${this.place.url} is no tower that this program knows. Update tasktower.`);
  }
}

async function refusalOf(response: Response): Promise<Refused> {
  const problem = ProblemIn.safeParse(await response.json().catch(() => undefined)).data;
  return new Refused(response.status, problem?.detail ?? `The tower answered with status ${response.status}.`, problem?.expected);
}
