import { readFileSync } from 'node:fs';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import initSqlJs, { type SqlJsStatic } from 'sql.js';
import { errorText } from '../base/errors';
import { nodeFiles, writeWhole } from './files';
import { endPresence } from './analyticsFold';
import { newDatabase, openDatabase } from './historyDatabase';
import { foldEvent, remove } from './historyFold';
import type { FromHistory, HistoryWorkerData, ToHistory } from './historyProtocol';
import { runQuery } from './historyQueries';
import type { Sqlite } from './sqlite';

const SAVE_RECORDS = 5_000;
const SAVE_MS = 60_000;

/** Owns the database of the history; runs in a worker thread. */
class HistoryWorker {
  private db: Sqlite;
  private seq: number;
  /** Records folded since the file was written. */
  private unsaved = 0;
  /** True while events are being caught up with: the tables are then no state to save. */
  private behind = false;
  private saving: Promise<void> = Promise.resolve();
  private waiting: Extract<ToHistory, { type: 'query' }>[] = [];

  constructor(
    private readonly sql: SqlJsStatic,
    private readonly data: HistoryWorkerData,
    private readonly port: MessagePort,
  ) {
    const { db, setAside } = openDatabase(sql, data.file, data.readOnly);
    this.db = db;
    this.seq = Number(db.first("SELECT value FROM meta WHERE key = 'seq'")?.value);
    port.on('message', (message: ToHistory) => this.handle(message));
    setInterval(() => this.save(), SAVE_MS).unref();
    this.send({ type: 'opened', seq: this.seq, ...(setAside === undefined ? {} : { setAside }) });
  }

  private handle(message: ToHistory): void {
    switch (message.type) {
      case 'records':
        this.fold(message);
        break;
      case 'reset':
        this.db.close();
        this.db = newDatabase(this.sql);
        this.seq = 0;
        break;
      case 'gap':
        endPresence(this.db, Number(this.db.first("SELECT value FROM meta WHERE key = 'at'")?.value));
        break;
      case 'events':
        this.behind = true;
        this.db.transaction(() => message.events.forEach((event) => foldEvent(this.db, event)));
        this.unsaved += message.events.length;
        break;
      case 'caughtUp':
        this.caughtUp(message);
        break;
      case 'query':
        this.waiting.push(message);
        break;
      case 'close':
        this.save();
        void this.saving.then(() => this.send({ type: 'closed' }));
    }
    this.answer();
    if (this.unsaved >= SAVE_RECORDS) this.save();
  }

  private fold({ records }: Extract<ToHistory, { type: 'records' }>): void {
    const missing = records.filter(({ seq }) => seq > this.seq);
    const last = missing.at(-1);
    if (!last) return;
    this.db.transaction(() => {
      for (const { seq, at, events } of missing) for (const event of events) foldEvent(this.db, { seq, at, event });
      this.setSeq(last.seq);
      this.db.run("UPDATE meta SET value = ? WHERE key = 'at'", last.at);
    });
    this.seq = last.seq;
    this.unsaved += missing.length;
  }

  private caughtUp({ seq, taskIds }: Extract<ToHistory, { type: 'caughtUp' }>): void {
    const known = new Set(taskIds);
    this.db.transaction(() => {
      for (const { id, number } of this.db.all('SELECT id, number FROM tasks')) if (!known.has(String(id))) remove(this.db, Number(number));
      this.setSeq(seq);
    });
    this.seq = seq;
    this.behind = false;
    this.unsaved++;
  }

  private setSeq(seq: number): void {
    this.db.run("UPDATE meta SET value = ? WHERE key = 'seq'", seq);
  }

  private answer(): void {
    const due = this.waiting.filter(({ seq }) => seq <= this.seq);
    if (due.length === 0 || this.behind) return;
    this.waiting = this.waiting.filter(({ seq }) => seq > this.seq);
    for (const { id, query } of due) {
      try {
        this.send({ type: 'answer', id, value: runQuery(this.db, query) });
      } catch (error) {
        this.send({ type: 'answer', id, error: errorText(error) });
      }
    }
  }

  /** Writes the file when something has changed; one at a time. */
  private save(): void {
    if (this.unsaved === 0 || this.behind || this.data.readOnly) return;
    this.unsaved = 0;
    const bytes = this.db.export();
    this.saving = this.saving
      .then(() => writeWhole(nodeFiles, this.data.file, bytes))
      .catch((error: unknown) => this.send({ type: 'warning', message: errorText(error) }));
  }

  private send(message: FromHistory): void {
    this.port.postMessage(message);
  }
}

async function main(port: MessagePort): Promise<void> {
  const data = workerData as HistoryWorkerData;
  const bytes = readFileSync(data.wasm);
  const wasmBinary = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  new HistoryWorker(await initSqlJs({ wasmBinary }), data, port);
}

if (parentPort) void main(parentPort);
