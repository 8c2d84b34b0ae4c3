import { setTimeout as wait } from 'node:timers/promises';
import WebSocket from 'ws';
import { Attempt } from './attempt.mjs';

/** Close codes after which coming back would only do harm: another session took our name, or another protocol. */
const FINAL_CLOSE = {
  4001: 'Another agent with this name connected; this one ends.',
  4004: 'The tower speaks another protocol version. Update this agent.',
};

/** A session with the tower that outlives lost connections: JSON-RPC 2.0 over WebSocket, both ends may ask. */
export class Connection {
  #socket;
  #nextId = 1;
  #asked = new Map();
  #attempts = new Map();

  /**
   * @param {{ protocol: number, name: string, skills: string[], capacity: number }} hello
   * @param {{ findTower: () => { url: string, token: string } | undefined, work: (attempt: Attempt) => Promise<void>, say: (line: string) => void }} parts
   */
  constructor(hello, { findTower, work, say }) {
    Object.assign(this, { hello, findTower, work, say });
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Connects, and connects again whenever it is refused or lost. Returns when the tower does not want us back. */
  async run() {
    for (let pause = 500; ; pause = Math.min(pause * 2, 15_000)) {
      const tower = this.findTower();
      const end = tower
        ? await this.#session(tower)
        : { reason: 'No tower is open for this folder. Open it in the editor with Tasktower.' };
      if (FINAL_CLOSE[end.code]) {
        this.say(FINAL_CLOSE[end.code]);
        for (const attempt of this.#attempts.values()) attempt.drop('superseded');
        return;
      }
      if (end.welcomed) pause = 500;
      this.say(`${end.reason} Trying again in ${pause / 1000} s.`);
      await wait(pause);
    }
  }

  #session(tower) {
    return new Promise((resolve) => {
      const end = { reason: 'The connection was lost.', welcomed: false };
      const socket = new WebSocket(`${tower.url.replace(/^http/, 'ws')}/agent`, { headers: { authorization: `Bearer ${tower.token}` } });
      this.#socket = socket;
      // The tower pings every 5 s; three missed ones mean that the line is dead though the socket looks open.
      const watch = setTimeout(() => socket.terminate(), 15_000);
      const alive = () => watch.refresh();
      socket.on('ping', alive);
      socket.on('message', (data) => (alive(), this.#receive(data)));
      socket.on('error', (error) => (end.reason = `${tower.url} refuses (${error.code ?? error.message}).`));
      socket.on('open', () => {
        this.#greet(tower).then(
          () => (end.welcomed = true),
          (error) => ((end.reason = `The tower refused: ${error.message}`), socket.close()),
        );
      });
      socket.on('close', (code) => {
        clearTimeout(watch);
        for (const { reject } of this.#asked.values()) reject(new Error('the connection was lost'));
        this.#asked.clear();
        resolve({ ...end, code });
      });
    });
  }

  async #greet(tower) {
    const resume = [...this.#attempts.values()].map(({ ref }) => ref);
    const { resumed, ended } = await this.request('agent/hello', { ...this.hello, resume });
    this.say(`Connected to ${tower.url} as ${this.hello.name}.`);
    for (const ref of ended) this.#attempts.get(key(ref))?.drop('the attempt has ended');
    for (const { ackSeq, cancel, ...ref } of resumed) {
      const attempt = this.#attempts.get(key(ref));
      if (cancel) attempt?.stop('cancelled');
      attempt?.resume(ackSeq, tower.url);
    }
  }

  request(method, params) {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (!this.isOpen) return reject(new Error('not connected'));
      this.#asked.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  notify(method, params) {
    if (this.isOpen) this.#socket.send(JSON.stringify({ jsonrpc: '2.0', method, params }));
  }

  #receive(data) {
    const message = JSON.parse(data);
    if (message.method) {
      const result = this.#answer(message.method, message.params);
      const answer = result ? { result } : { error: { code: -32601, message: `${message.method} is not known here.` } };
      if (message.id !== undefined) this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id: message.id, ...answer }));
      return;
    }
    const asked = this.#asked.get(message.id);
    this.#asked.delete(message.id);
    if (message.error) asked?.reject(Object.assign(new Error(message.error.message), message.error));
    else asked?.resolve(message.result);
  }

  #answer(method, params) {
    if (method === 'task/assign') return this.#assign(params);
    const attempt = this.#attempts.get(key(params));
    if (method === 'task/cancel') attempt?.stop(params.reason ?? 'cancelled');
    else if (method === 'task/message') attempt?.log('info', 'This agent takes no messages while it works.');
    else return undefined;
    return {};
  }

  #assign(assignment) {
    // The tower asks again when it did not hear the answer.
    if (this.#attempts.has(key(assignment))) return { accepted: true };
    if (this.#attempts.size >= this.hello.capacity) return { accepted: false, reason: 'Busy with another task.' };
    const attempt = new Attempt(assignment, this);
    this.#attempts.set(key(assignment), attempt);
    void attempt.finished.then(() => this.#attempts.delete(key(assignment)));
    // Started after the answer is on its way: no report may come before the attempt is accepted.
    setImmediate(() => void this.work(attempt));
    return { accepted: true };
  }
}

function key({ taskId, attempt }) {
  return `${taskId}/${attempt}`;
}
