import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

/** JSON-RPC error code of the tower for a gap in `seq`. */
const GAP = -32010;
/** Codes that say something about this connection, not about the report. */
const UNAVAILABLE = -32050;
const FINAL = ['result', 'error', 'cancelled'];

/** One attempt at a task: its reports in order, each kept until the tower says that it is stored. */
export class Attempt {
  /** Every report that is not acknowledged yet; they are sent again after a lost connection. */
  #unsent = [];
  #seq = 0;
  #closed = false;
  #pumping = false;
  #stop = new AbortController();
  #finish;
  /** Resolves when the last report is stored, or nobody wants it any more. */
  finished = new Promise((resolve) => (this.#finish = resolve));

  constructor(assignment, connection) {
    this.assignment = assignment;
    this.connection = connection;
    this.url = assignment.url;
  }

  get ref() {
    return { taskId: this.assignment.taskId, attempt: this.assignment.attempt };
  }

  /** Aborted when the work must stop: cancelled, or no longer ours. */
  get signal() {
    return this.#stop.signal;
  }

  stop(reason) {
    this.#stop.abort(new Error(reason));
  }

  /** The tower says that this attempt has ended: nothing more is sent. */
  drop(reason) {
    this.#closed = true;
    this.#unsent = [];
    this.stop(reason);
    this.#finish();
  }

  log(level, text) {
    const line = { text, level, at: Date.now() };
    const last = this.#unsent.at(-1);
    // Joins the lines that wait; the first report may be on its way already.
    if (this.#unsent.length > 1 && last.event.type === 'log' && last.event.lines.length < 500) last.event.lines.push(line);
    else this.report({ type: 'log', lines: [line] });
  }

  /** Only the latest progress counts, so it needs neither a number nor an answer. */
  progress(progress, step) {
    this.connection.notify('task/event', { ...this.ref, event: { type: 'progress', progress, step } });
  }

  /** The first final report is the last one. */
  report(event) {
    if (this.#closed) return;
    this.#closed = FINAL.includes(event.type);
    this.#unsent.push({ seq: ++this.#seq, event });
    void this.pump();
  }

  /** Goes on from what the tower has stored, after a lost connection. */
  resume(ackSeq, url) {
    this.url = url;
    this.#unsent = this.#unsent.filter(({ seq }) => seq > ackSeq);
    void this.pump();
  }

  /** Sends what waits, one report at a time: their numbers must arrive without a gap. */
  async pump() {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#unsent.length > 0 && this.connection.isOpen) await this.#send(this.#unsent[0]);
    } catch {
      // The connection is gone; `resume` goes on.
    } finally {
      this.#pumping = false;
    }
  }

  async #send(report) {
    try {
      const { ackSeq, cancel } = await this.connection.request('task/event', { ...this.ref, ...report });
      this.#unsent = this.#unsent.filter(({ seq }) => seq > ackSeq);
      if (cancel) this.stop('cancelled');
      if (FINAL.includes(report.event.type) && this.#unsent.length === 0) this.#finish();
    } catch (error) {
      if (error.code === GAP) this.#unsent.forEach((item, index) => (item.seq = error.data.expected + index));
      else if (error.code === undefined || error.code === UNAVAILABLE) throw error;
      else if (report.event.type === 'error') this.drop(error.message);
      else this.#refused(report, error);
    }
  }

  /** A refused report leaves its number free, so the attempt ends with an error under that number. */
  #refused(report, error) {
    this.#closed = true;
    this.#unsent = [
      {
        seq: report.seq,
        event: { type: 'error', kind: 'protocol_error', message: `A ${report.event.type} was refused: ${error.message}` },
      },
    ];
    this.stop(error.message);
  }

  /** Uploads bytes as evidence. The key makes a repeated upload count once. */
  async upload(evidence, mime, bytes) {
    const { kind, name, viewport, description } = evidence;
    const query = new URLSearchParams({ kind, name, attempt: String(this.assignment.attempt), ...(description ? { description } : {}) });
    if (viewport) query.set('viewport', `${viewport.width}x${viewport.height}`);
    const headers = { authorization: `Bearer ${this.assignment.token}`, 'content-type': mime, 'idempotency-key': randomUUID() };
    for (let pause = 250; ; pause *= 2) {
      const answer = await this.#post(`/api/tasks/${this.assignment.taskId}/evidence?${query}`, headers, bytes, pause > 8000);
      if (answer?.ok) return;
      if (answer && answer.status !== 429 && answer.status < 500) throw new Error(`${name} was not taken: ${await detail(answer)}`);
      await wait(pause, undefined, { signal: this.signal });
    }
  }

  async #post(path, headers, body, last) {
    try {
      return await fetch(this.url + path, { method: 'POST', headers, body, signal: this.signal });
    } catch (error) {
      if (last || this.signal.aborted) throw error;
      return undefined; // The tower is restarting; try again.
    }
  }
}

async function detail(answer) {
  const text = await answer.text();
  try {
    return JSON.parse(text).detail;
  } catch {
    return `${answer.status} ${text.slice(0, 200)}`;
  }
}
