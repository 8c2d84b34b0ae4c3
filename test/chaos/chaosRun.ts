import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { dirname, join } from 'node:path';
import type { TaskOut } from '../../src/server/protocol/rest';
import { isFinal, openAttempt, type Task } from '../../src/server/domain/task';
import { readAddress, towerId } from '../../src/server/gateway/addressFile';
import { pseudoRandom } from '../support/pseudoRandom';
import { keysOf, rest, RpcSocket, type Assigned } from '../support/towerClient';
import { until } from '../support/until';
import { faults, kinds, kindsOfOneWindow, type Fault } from './faults';
import { FrameProxy } from './frameProxy';
import { Operator } from './operator';
import { checkFiles, Receipts } from './receipts';
import type { SmallDisk } from '../support/smallDisk';
import { StormAgent, type StormWork } from './stormAgent';
import { TowerProcess } from './towerProcess';
import { Viewer } from './viewer';
import { Witness } from './witness';

const STEADY = ['Amber', 'Birch', 'Cedar', 'Dune', 'Ember', 'Fern'];
const FORGETFUL = 'Forgetful';
/** Log lines of an attempt; then its evidence, then its end. */
const LINES = 6;
const PRIORITIES = ['urgent', 'high', 'normal', 'low'];
/** How long a slow machine may take for a step, ms. */
const PATIENCE_MS = 180_000;
/** Longer than a lease and a whole one more, ms. */
const STUCK_MS = 150_000;
/** A run of so many kills goes on until it has seen each kind of fault and each acknowledged event so often. */
const LONG = { kills: 200, faults: 20, events: 10_000 };

export interface ChaosOptions {
  /** An empty folder. */
  home: string;
  /** The bundled `faultTower.ts`. */
  script: string;
  kills: number;
  seed: number;
  /** Goes on until then, whatever `kills` says, ms since 1970. */
  until?: number;
  /** How many windows are open on the folder. */
  windows: number;
  /** What the home folder lies on, when that is a disk of its own. */
  disk?: SmallDisk | undefined;
  tell?: (text: string) => void;
}

/** What a run came to. */
export interface ChaosCounts {
  records: number;
  events: number;
  /** Commands and reports that the tower acknowledged. */
  acknowledged: number;
  kills: number;
  starts: number;
  checks: number;
  tasks: number;
  faults: Record<string, number>;
}

/** Many agents and many tasks at a tower that everything happens to. What it acknowledged is held against it after every restart. */
export class ChaosRun {
  readonly random: (n: number) => number;
  readonly operator: Operator;
  private readonly witness: Witness;
  private readonly receipts = new Receipts();
  private readonly storage: string;
  private readonly fired = new Map<string, number>();
  private readonly wrongs: string[] = [];
  private readonly holders = new Map<string, string>();
  private agents: StormAgent[] = [];
  /** Open on the folder; the owner first. */
  private windows: TowerProcess[] = [];
  private proxy!: FrameProxy;
  private viewer: Viewer | undefined;
  private ghosts: StormWork[] = [];
  private kills = 0;
  private starts = 0;
  private checks = 0;
  private vanished = 0;
  private calm = false;
  private stopped = false;
  private lastUrl = '';
  private token = '';
  private lastPort = '';
  private readonly streams = new Map<string, (n: number) => number>();

  constructor(private readonly options: ChaosOptions) {
    this.random = this.stream('faults');
    this.storage = join(options.home, 'storage');
    this.witness = new Witness(this.storage);
    this.operator = new Operator(() => ({ url: this.url, token: this.keys.person }));
  }

  /** @throws {AssertionError} when something acknowledged is lost, doubled or changed. */
  async run(): Promise<ChaosCounts> {
    const { home, kills, tell, windows } = this.options;
    process.env.TASKTOWER_HOME = join(home, 'addresses');
    this.windows = [await this.open({}).start()];
    await this.standBy(windows - 1);
    this.proxy = await FrameProxy.open(
      () => this.url,
      this.stream('frames'),
      (what) => this.count(what),
    );
    this.agents = [...STEADY, FORGETFUL].map((name) => this.agent(name));
    const { until: end } = this.options;
    const goesOn = (): boolean => !this.stopped && (end === undefined ? this.kills < kills || this.lacks() : Date.now() < end);
    try {
      await this.agentsConnected();
      const deck: Fault[] = [];
      while (goesOn()) {
        if (deck.length < 4) deck.push(...this.shuffled(faults));
        await this.round(deck.splice(0, 4));
        tell?.(this.progress());
      }
      await this.finish();
      return this.counts();
    } catch (error) {
      throw new Error(`${this.progress()}\nThe towers said:\n${this.windows.map(({ log }) => log.slice(-4_000)).join('\n')}`, {
        cause: error,
      });
    } finally {
      await this.close();
    }
  }

  /** Lets the round come to its end, and then everything. */
  stop(): void {
    this.stopped = true;
  }

  /** The window that runs the tower, as far as it says so. */
  get owner(): TowerProcess {
    const owner = this.windows.filter(({ role, ended }) => role === 'owner' && !ended).sort((a, b) => b.epoch - a.epoch)[0];
    return owner ?? this.windows[0] ?? assert.fail('no window is open');
  }

  /** Where the tower listens, or did last. */
  get url(): string {
    const owner = this.windows.filter(({ role }) => role === 'owner').sort((a, b) => b.epoch - a.epoch)[0];
    if (owner) this.lastUrl = owner.url;
    return this.lastUrl;
  }

  /** No other window stands by. */
  get lonely(): boolean {
    return this.options.windows === 1;
  }

  get link(): FrameProxy {
    return this.proxy;
  }

  get disk(): SmallDisk | undefined {
    return this.options.disk;
  }

  /** Numbers of their own for each who asks, so that who asks first does not change what the others get. */
  private stream(name: string): (n: number) => number {
    const known = this.streams.get(name) ?? pseudoRandom(hashOf(`${this.options.seed} ${name}`));
    this.streams.set(name, known);
    return known;
  }

  /** A long run has not yet seen all that it is for. */
  private lacks(): boolean {
    if (this.options.kills < LONG.kills) return false;
    const wanted = [...kinds, ...(this.options.windows === 1 ? kindsOfOneWindow : []), ...(this.disk ? ['full disk'] : [])];
    return this.acknowledged < LONG.events || wanted.some((kind) => (this.fired.get(kind) ?? 0) < LONG.faults);
  }

  private get acknowledged(): number {
    return this.operator.acknowledged + this.receipts.reports;
  }

  count(what: string): void {
    if (what === 'kill') this.kills++;
    this.fired.set(what, (this.fired.get(what) ?? 0) + 1);
  }

  /** Starts a window, with a tower that seizes the folder at once if asked. */
  open({ seize = false }): TowerProcess {
    this.starts++;
    return new TowerProcess(
      this.options.script,
      { storage: this.storage, dist: dirname(join(process.cwd(), 'dist', 'x')), cap: 12, fsync: this.stream('windows')(3) === 0, seize },
      join(this.options.home, 'addresses'),
      (what) => this.count(what),
      (text) => this.wrongs.push(text),
    );
  }

  /** Kills a window. */
  async kill(window: TowerProcess): Promise<void> {
    this.count('kill');
    await window.kill();
    this.windows = this.windows.filter((one) => one !== window);
  }

  enter(...windows: TowerProcess[]): void {
    this.windows.unshift(...windows);
  }

  leave(window: TowerProcess): void {
    this.windows = this.windows.filter((one) => one !== window);
  }

  /** Work, faults, a kill, a start, and a look at all of it. */
  private async round(given: readonly Fault[]): Promise<void> {
    await this.operator.sendAgain();
    const undo: (() => void)[] = [];
    for (const fault of given) undo.push((await fault(this)) ?? (() => undefined));
    const forgotten = this.ghosts.slice(-3).map(({ task }) => this.operator.retry(task.taskId));
    await Promise.all([this.commands(9, this.stream('first person')), this.commands(9, this.stream('second person')), ...forgotten]);
    await wait(this.random(250));
    const before = this.witness.records.length;
    await this.kill(this.owner);
    for (const one of undo) one();
    this.lookAtFiles();
    await this.recover();
    await this.check();
    assert.ok(this.witness.records.length >= before);
  }

  /** Another window takes over, or one is opened. */
  private async recover(): Promise<void> {
    const ended = this.windows.filter((window) => window.ended);
    for (const window of ended) this.leave(window);
    if (this.windows.length === 0) {
      await this.killAtStart();
      // Two windows that are opened at the same moment: one alone may become the owner.
      const together = await Promise.all(Array.from({ length: 1 + this.random(2) }, () => this.open({}).start()));
      if (together.length > 1) this.count('two at once');
      this.enter(...together);
    }
    await until(
      'one window to run the tower',
      () => this.windows.filter(({ role, ended }) => role === 'owner' && !ended).length === 1,
      PATIENCE_MS,
    );
    await this.standBy(this.options.windows - this.windows.length);
    const { owner } = this;
    const spare = this.windows.filter((window) => window !== owner);
    for (const window of spare.slice(Math.max(0, this.options.windows - 1))) {
      await window.kill();
      this.leave(window);
    }
  }

  /** A tower that is killed while it starts leaves the next one what it found. */
  private async killAtStart(): Promise<void> {
    const window = this.open({});
    await window.begin();
    await wait(this.random(300));
    this.count('kill at start');
    this.count('kill');
    await window.kill();
    this.lookAtFiles();
  }

  private async standBy(n: number): Promise<void> {
    for (let i = 0; i < n; i++) this.windows.push(await this.open({}).start());
  }

  /** Holds the journal, the board, the history, the logs and the evidence against what was acknowledged. */
  private async check(): Promise<void> {
    this.viewer?.close();
    this.witness.read();
    if (this.viewer) this.witness.confirm(this.viewer.records);
    assert.deepEqual(this.wrongs, []);
    for (const key of this.operator.taken) assert.equal(this.witness.effects(key), 1, `${key} was acknowledged`);
    await this.findAgain();
    const { url } = this;
    this.viewer = await until('a viewer to be let in', () => Viewer.open(url, this.keys.person), PATIENCE_MS);
    this.witness.compare(await this.viewer.board());
    await this.compareHistory();
    await this.receipts.check({ url, token: this.keys.person });
    this.checks++;
  }

  /** Whoever knows the folder alone finds the tower at the address in its file, with the token there always was. */
  private async findAgain(): Promise<void> {
    const { owner } = this;
    const address = await until(
      'the address of the owner to be written',
      () => {
        const now = readAddress(towerId(this.storage));
        return now?.pid === owner.pid ? now : undefined;
      },
      PATIENCE_MS,
    );
    this.token ||= address.token;
    assert.deepEqual([address.url, address.epoch, address.token], [owner.url, owner.epoch, this.token]);
    this.count(this.lastPort === new URL(address.url).port ? 'same port' : 'other port');
    this.lastPort = new URL(address.url).port;
    // A connection that was kept open to the tower before, at the same port, may not have been found dead yet.
    const { status } = await until('its answer', () => rest(address.url, address.token, 'GET', '/api/agents'), PATIENCE_MS);
    assert.equal(status, 200);
  }

  /** What has ended stays as it ended, in the list that people see. */
  private async compareHistory(): Promise<void> {
    const ended = new Map([...this.witness.whole.tasks.values()].filter(({ status }) => isFinal(status)).map((task) => [task.id, task]));
    const seen = await this.listing(ended);
    const missing = [...this.operator.tasks.values()].filter((id) => !seen.has(id));
    // What starts while the list is read leaves its place for one that is read already; it is in the next list.
    const again = missing.length > 0 ? await this.listing(ended) : seen;
    for (const id of missing) {
      if (again.has(id)) continue;
      const [{ status, body }, listed] = [await this.ask('GET', `/api/tasks/${id}`), await this.listedAs(id)];
      assert.fail(
        `task ${id} is gone from the list; asked for, it is ${status} ${JSON.stringify(body).slice(0, 600)}; listed alone: ${listed}`,
      );
    }
  }

  /** The ids of all that is listed, each of `ended` as it ended. */
  private async listing(ended: ReadonlyMap<string, Task>): Promise<Set<string>> {
    const seen = new Set<string>();
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const path = `/api/tasks?limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
      // A history that is still at what happened lately says so with 503.
      const body = await until(
        'the history',
        async () => {
          const answer = await this.ask('GET', path);
          assert.equal(answer.status, 200, JSON.stringify(answer.body));
          return answer.body;
        },
        PATIENCE_MS,
      );
      const rows = body.tasks as TaskOut[];
      // A task that ends between two pages may be on both.
      assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length, 'a task is listed twice');
      for (const row of rows) {
        seen.add(row.id);
        const task = ended.get(row.id);
        if (task) assert.deepEqual(listed(row), whole(task));
      }
      cursor = body.cursor as string | undefined;
    }
    return seen;
  }

  private async listedAs(id: string): Promise<string> {
    const number = this.witness.whole.tasks.get(id)?.number;
    const { body } = await this.ask('GET', `/api/tasks?limit=500&order=newest`);
    const row = (body.tasks as TaskOut[]).find((task) => task.number === number);
    return JSON.stringify(row ?? null);
  }

  private lookAtFiles(): void {
    checkFiles(this.storage);
    this.witness.read();
  }

  private async commands(n: number, random: (n: number) => number): Promise<void> {
    for (let i = 0; i < n; i++) {
      const known = [...this.operator.tasks.values()];
      const some = known[known.length - 1 - random(Math.min(known.length, 40))];
      const dice = random(20);
      if (some === undefined || dice < 12) await this.operator.create(this.spec(some, random));
      else if (dice < 14) await this.operator.cancel(some);
      else if (dice < 16) await this.operator.retry(some);
      else if (dice < 19) await this.operator.edit(some, { priority: PRIORITIES[random(4)] });
      else await this.operator.startNow(some);
    }
  }

  private spec(after: string | undefined, random: (n: number) => number): Record<string, unknown> {
    const names = [...STEADY, FORGETFUL];
    return {
      title: 'Weather the storm',
      prompt: 'Report what you see.',
      priority: PRIORITIES[random(4)],
      ...(random(3) === 0 ? { agent: names[random(names.length)] } : {}),
      ...(after !== undefined && random(12) === 0 ? { after: [after] } : {}),
      ...(random(4) === 0 ? { limits: { attempts: 2 } } : {}),
    };
  }

  private agent(name: string): StormAgent {
    return new StormAgent({
      name,
      capacity: 3,
      forgetful: name === FORGETFUL,
      address: () => ({ url: this.proxy.url, token: this.keys.client }),
      plan: (task) => this.plan(name, task),
      offered: (task) => this.offered(name, task),
      before: (work, n) => this.before(name, work, n),
      acked: (work, n) => {
        this.receipts.reports++;
        if (work.reports[n]?.type === 'log') this.receipts.addLine(work.key, `${work.key} line ${n}`);
      },
      forgot: (works) => void this.ghosts.push(...works),
    });
  }

  private plan(name: string, { taskId, attempt }: Assigned): Record<string, unknown>[] {
    const key = `${taskId}/${attempt}`;
    const lines = Array.from({ length: LINES }, (_, n) => ({ type: 'log', lines: [{ text: `${key} line ${n}` }] }));
    const fails = this.stream(`${name} fails`)(8) === 0 && !this.calm;
    return [...lines, fails ? { type: 'error', message: `Failed ${key}.` } : { type: 'result', result: `Done ${key}.` }];
  }

  /** Two agents never hold one attempt; some tasks are cancelled before their assignment is accepted. */
  private async offered(name: string, { taskId, attempt }: Assigned): Promise<void> {
    const key = `${taskId}/${attempt}`;
    const holder = this.holders.get(key) ?? name;
    if (holder !== name) this.wrongs.push(`${key} was given to ${holder} and to ${name}`);
    this.holders.set(key, name);
    if (this.stream(`${name} is offered`)(10) > 0 || this.calm) return;
    this.count('cancel before acceptance');
    await this.operator.cancel(taskId).catch((error: unknown) => this.wrongs.push(String(error)));
  }

  private async before(name: string, work: StormWork, n: number): Promise<void> {
    await wait(5 + this.stream(`${name} works`)(40));
    const { task, key } = work;
    if (n === 0) await this.haunt();
    if (n !== LINES) return;
    const bytes = Buffer.from(`Proof of ${key}.\n`.repeat(400));
    const response = await fetch(`${this.url}/api/tasks/${task.taskId}/evidence?kind=text&name=proof`, {
      method: 'POST',
      headers: { authorization: `Bearer ${task.token}`, 'content-type': 'text/plain', 'idempotency-key': `proof-${key}` },
      body: bytes,
      signal: AbortSignal.timeout(5_000),
    });
    const text = await response.text();
    if (response.status === 201) this.receipts.addEvidence((JSON.parse(text) as { evidenceId: string }).evidenceId, task.taskId, bytes);
    else if (response.status >= 500 || response.status === 429) throw new Error(text);
  }

  /** An agent that was given up for lost goes on with its old attempt: nobody may listen to it. */
  private async haunt(): Promise<void> {
    // While another attempt is under way: that one must not hear of it.
    const at = this.ghosts.findIndex(({ task: { taskId, attempt } }) => this.holders.has(`${taskId}/${attempt + 1}`));
    const [ghost] = at < 0 ? [] : this.ghosts.splice(at, 1);
    if (!ghost) return;
    const { task, key } = ghost;
    const response = await fetch(`${this.url}/api/tasks/${task.taskId}/result`, {
      method: 'POST',
      headers: { authorization: `Bearer ${task.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ result: `Ghost of ${key}.` }),
      signal: AbortSignal.timeout(5_000),
    }).catch(() => undefined);
    await response?.text().catch(() => undefined);
    this.count('old attempt reports');
  }

  /** An agent that takes work and is never heard of again. */
  async vanish(): Promise<void> {
    const name = `Vanishing ${++this.vanished}`;
    const { url } = this;
    const rpc = await RpcSocket.open(url, '/agent', this.keys.client).catch(() => undefined);
    if (!rpc) return;
    const taken = new Promise<void>((resolve) => {
      rpc.onCall = (method) => {
        if (method === 'task/assign') setTimeout(resolve, 20);
        return { accepted: true };
      };
    });
    await rpc.ask('agent/hello', { protocol: 1, name, capacity: 1 }).catch(() => undefined);
    await this.operator.create({ title: `For ${name}`, agent: name, priority: 'urgent' });
    await Promise.race([taken, wait(1_000)]);
    rpc.close();
  }

  /** Everything comes to its end, with nothing going wrong any more. */
  private async finish(): Promise<void> {
    this.calm = true;
    this.proxy.weather = 'clear';
    for (const window of this.windows) window.tell({ say: 'heal' });
    await until(
      'every command to be answered',
      async () => {
        await this.operator.sendAgain();
        return this.operator.waiting === 0;
      },
      2 * PATIENCE_MS,
    );
    await this.untilAllEnd();
    await this.check();
    await this.receipts.check({ url: this.url, token: this.keys.person }, true);
    for (const [key, id] of this.operator.tasks) assert.ok(this.witness.whole.tasks.has(id), `${key} is gone`);
    for (const task of this.witness.whole.tasks.values()) {
      if (task.status === 'completed') this.checkResult(task.id, task.attempts.length, await this.result(task.id));
      if (task.error?.kind === 'lost_contact') {
        const agent = task.attempts.at(-1)?.agentId ?? '';
        assert.match(agent, /^(forgetful|vanishing)/, `an attempt of ${agent} was given up for lost`);
      }
    }
  }

  /** A result belongs to the attempt that completed the task. */
  private checkResult(taskId: string, attempt: number, result: string): void {
    assert.ok(
      [`Done ${taskId}/${attempt}.`, `Ghost of ${taskId}/${attempt}.`].includes(result),
      `attempt ${attempt} of ${taskId} has the result "${result}"`,
    );
  }

  private async result(taskId: string): Promise<string> {
    const { status, body } = await this.ask('GET', `/api/tasks/${taskId}`);
    assert.equal(status, 200, JSON.stringify(body));
    return body.result as string;
  }

  /** However slow the machine is, something must happen all the time. */
  private async untilAllEnd(): Promise<void> {
    let [records, since] = [0, Date.now()];
    while (!(await this.allEnd())) {
      if (this.witness.records.length > records) [records, since] = [this.witness.records.length, Date.now()];
      assert.ok(Date.now() - since < STUCK_MS, 'tasks are left that do not end');
      await wait(20);
    }
  }

  /** True when nothing is under way; what waits for an agent or a task that will not come is cancelled. */
  private async allEnd(): Promise<boolean> {
    this.witness.read();
    const left = [...this.witness.whole.tasks.values()].filter(({ status }) => !isFinal(status));
    for (const task of left.filter((one) => one.status === 'pending' || one.status === 'parked')) {
      const blocked = task.after.some((id) => ['failed', 'cancelled'].includes(this.witness.whole.tasks.get(id)?.status ?? ''));
      if (blocked || /^vanishing/i.test(task.agent ?? '') || this.witness.whole.agents.size === 0) await this.operator.cancel(task.id);
    }
    return left.filter((task) => openAttempt(task) || task.status === 'pending' || task.status === 'parked').length === 0;
  }

  private async agentsConnected(): Promise<void> {
    await until(
      'the agents to be connected',
      async () => {
        const { body } = await this.ask('GET', '/api/agents');
        const agents = body.agents as { name: string; status: string }[];
        return STEADY.every((name) => agents.some((agent) => agent.name === name && agent.status !== 'offline'));
      },
      PATIENCE_MS,
    );
  }

  /** Whoever asks too fast is told so, and waits. */
  private async ask(method: string, path: string): Promise<{ status: number; body: Record<string, unknown> }> {
    for (;;) {
      const answer = await rest(this.url, this.keys.person, method, path);
      if (answer.status !== 429) return answer;
      await wait(1_000);
    }
  }

  private get keys(): { client: string; person: string } {
    return keysOf(this.storage);
  }

  private shuffled<T>(items: readonly T[]): T[] {
    const left = [...items];
    return items.map(() => left.splice(this.random(left.length), 1)).flat();
  }

  private counts(): ChaosCounts {
    const { kills, starts, checks } = this;
    return {
      ...{ records: this.witness.records.length, events: this.witness.events },
      acknowledged: this.acknowledged,
      ...{ kills, starts, checks, tasks: this.operator.tasks.size },
      faults: Object.fromEntries([...this.fired].sort()),
    };
  }

  private progress(): string {
    return `seed ${this.options.seed}: ${JSON.stringify(this.counts())}`;
  }

  private async close(): Promise<void> {
    this.viewer?.close();
    await Promise.all(this.agents.map((agent) => agent.close()));
    await this.proxy.close();
    await Promise.all(this.windows.map((window) => window.kill()));
  }
}

/** What the list says of a task that has ended. */
function listed({ id, number, title, status, priority, attempt, externalId, error }: TaskOut): unknown[] {
  return [id, number, title, status, priority, attempt, externalId, error?.kind];
}

function whole({ id, number, title, status, priority, attempts, externalId, error }: Task): unknown[] {
  return [id, number, title, status, priority, attempts.length, externalId, error?.kind];
}

function hashOf(text: string): number {
  let hash = 0;
  for (const char of text) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) >>> 0;
  return hash;
}
