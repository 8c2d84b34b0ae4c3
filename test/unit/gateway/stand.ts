import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { nullLog } from '../../../src/server/base/log';
import type { AgentConfig } from '../../../src/server/domain/agent';
import type { Task } from '../../../src/server/domain/task';
import type { OpenDoor } from '../../../src/server/gateway/reach';
import { startTower, type RunningTower } from '../../../src/server/start';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { keysOf, rest, SocketAgent, type Assigned } from '../../support/towerClient';

export const person = { kind: 'person', name: 'you' } as const;

/** A picture of one pixel. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** What a REST call answers. */
export type Reply = Awaited<ReturnType<typeof rest>>;

/** Checks that a call was refused with this status, and a one-line detail that matches. */
export function problem({ status, body }: Reply, expected: number, detail: RegExp): void {
  assert.equal(status, expected, JSON.stringify(body));
  assert.equal(body.status, expected);
  assert.match(String(body.detail), detail);
  assert.ok(!String(body.detail).includes('\n'), 'one line');
}

/** A real tower on a temporary folder, with its doors open. */
export class Stand {
  private readonly agents: SocketAgent[] = [];
  private readonly sockets: Socket[] = [];

  private constructor(
    readonly folder: string,
    readonly running: RunningTower,
    private readonly home: string | undefined,
  ) {}

  static async open(
    settings: { agents?: AgentConfig[]; cap?: number; door?: (storage: string) => OpenDoor | Promise<OpenDoor> } = {},
  ): Promise<Stand> {
    const folder = tempFolder();
    const home = process.env.TASKTOWER_HOME;
    process.env.TASKTOWER_HOME = join(folder, 'home');
    mkdirSync(join(folder, 'workspace'));
    const { agents = [], cap = 10 } = settings;
    const places = { storage: join(folder, 'storage'), folders: [join(folder, 'workspace')], dist: resolve('dist') };
    const door = await settings.door?.(places.storage);
    const running = await startTower({ ...places, agents, cap, port: 0, fsync: false, log: nullLog, ...(door ? { door } : {}) });
    return new Stand(folder, running, home);
  }

  get tower(): RunningTower['tower'] {
    return this.running.tower;
  }

  get url(): string {
    return this.running.address?.url ?? '';
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get keys(): { client: string; person: string; runner: string } {
    return keysOf(join(this.folder, 'storage'));
  }

  /** Calls REST with the token of the address file. */
  call(method: string, path: string, body?: unknown, token = this.keys.client): Promise<Reply> {
    return rest(this.url, token, method, path, body);
  }

  /** A request with the token of the address file, and its bare answer. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, { ...init, headers: { authorization: `Bearer ${this.keys.client}`, ...init.headers } });
  }

  /** A connection that sends exactly these bytes. */
  dial(text = ''): Socket {
    const socket = connect(this.port, '127.0.0.1');
    this.sockets.push(socket);
    socket.on('error', () => undefined);
    if (text) socket.write(text);
    return socket;
  }

  /** What the tower answers to these bytes before it closes the connection. */
  raw(text: string): Promise<string> {
    const socket = this.dial(text);
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    return new Promise((done) => socket.on('close', () => done(answer)));
  }

  /** An agent on its socket that does nothing with its work unless told. */
  async agent(
    name: string,
    hello: { skills?: string[]; capacity?: number; resume?: { taskId: string; attempt: number }[] } = {},
    work: (agent: SocketAgent, task: Assigned) => unknown = () => undefined,
  ): Promise<SocketAgent> {
    const agent = await SocketAgent.join(this.url, this.keys.client, { name, ...hello }, work);
    this.agents.push(agent);
    return agent;
  }

  async create(title = 'A task', spec: Record<string, unknown> = {}): Promise<Task> {
    const { taskId = '' } = await this.tower.execute({ type: 'CreateTask', spec: { title, ...spec } }, person);
    return this.task(taskId);
  }

  task(taskId: string): Task {
    const task = this.tower.board.tasks.get(taskId);
    if (!task) throw new Error(`There is no task ${taskId}.`);
    return task;
  }

  async close(): Promise<void> {
    for (const agent of this.agents) agent.close();
    for (const socket of this.sockets) socket.destroy();
    await this.running.dispose();
    if (this.home === undefined) delete process.env.TASKTOWER_HOME;
    else process.env.TASKTOWER_HOME = this.home;
    removeTempFolders();
  }
}
