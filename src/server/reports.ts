import { Readable } from 'node:stream';
import { shorten } from './domain/text';
import { findTask } from './domain/board';
import type { Answer } from './domain/command';
import { evidenceLabel, type Evidence, type EvidenceHead } from './domain/evidence';
import type {
  AgentReports,
  EvidenceStore,
  IncomingEvidence,
  IncomingReport,
  LogEntry,
  LogStore,
  ReportAnswer,
  ReportReader,
} from './domain/ports';
import { Refusal } from './domain/refusal';
import type { AgentReport, LogLevel } from './domain/report';
import type { Secrets } from './domain/secrets';
import { attemptOf, taskOf } from './domain/rules/context';
import { openAttempt, taskName, type Actor, type Task } from './domain/task';
import type { Clock } from './base/clock';
import { HumanError } from './base/errors';
import type { LocalTower } from './tower';

interface Place {
  task: Task;
  attempt: number;
  agentId: string;
  by: Actor;
  /** Of a sequenced report; it is durable with the lines the report leaves, so such a report always leaves one. */
  seq?: number;
  /** Names the command of a report, so that sending it again has no second effect. */
  commandId?: string;
}

/** Takes in what agents report, from any door: what counts becomes a command, the rest a log line or a live fact. */
export class ReportDesk implements AgentReports {
  /** The end of the line of each attempt: its reports are stored one after another. */
  private readonly tails = new Map<string, Promise<unknown>>();

  constructor(
    private readonly tower: LocalTower,
    private readonly logs: LogStore,
    private readonly evidence: EvidenceStore,
    private readonly clock: Clock,
    private readonly newId: () => string,
    private readonly reader: ReportReader,
    private readonly secrets: Secrets,
  ) {}

  async report(incoming: IncomingReport): Promise<ReportAnswer> {
    const task = taskOf(this.tower.board, incoming.taskId);
    const attempt = incoming.attempt ?? openAttempt(task)?.n ?? task.attempts.length;
    return this.inLine(`${task.id}/${attempt}`, () => this.take(incoming, task, attempt));
  }

  ackSeq(taskId: string, attempt: number): Promise<number> {
    return this.logs.lastSeq(taskId, attempt);
  }

  async addEvidence({ taskId, attempt, agentId, head, mime, bytes, by, commandId }: IncomingEvidence): Promise<Answer> {
    const task = taskOf(this.tower.board, taskId);
    const n = attempt ?? openAttempt(task)?.n ?? task.attempts.length;
    attemptOf(task, n, by);
    const place: Place = { task, attempt: n, agentId, by, ...(commandId === undefined ? {} : { commandId }) };
    const answer = await this.keep(place, head, mime, bytes).catch((error: unknown) => this.refused(place, head, error));
    await this.log(place, [{ at: this.clock.now(), level: 'info', text: `evidence ${evidenceLabel(head)} (${head.kind})` }]);
    return answer;
  }

  private async take({ seq, agentId, report, by, commandId }: IncomingReport, task: Task, attempt: number): Promise<ReportAnswer> {
    const acked = await this.logs.lastSeq(task.id, attempt);
    if (seq !== undefined && seq <= acked) return this.answer(task.id, attempt, acked);
    if (seq !== undefined && seq > acked + 1) {
      throw new Refusal('conflict', `Report ${seq} came before report ${acked + 1}. Send ${acked + 1} first.`, { expected: acked + 1 });
    }
    const id = seq === undefined ? commandId : `${task.id}/${attempt}/${seq}`;
    const place: Place = {
      task,
      attempt,
      agentId,
      by,
      ...(seq === undefined ? {} : { seq }),
      ...(id === undefined ? {} : { commandId: id }),
    };
    // The bytes of evidence stay what they are.
    const lines = await this.effect(
      place,
      report.type === 'evidence' || report.type === 'session' ? report : this.secrets.redactAll(report),
    );
    await this.log(place, lines);
    return this.answer(task.id, attempt, seq ?? acked);
  }

  /** Brings about what a report says. @returns the log lines it leaves. */
  private async effect(place: Place, report: AgentReport): Promise<LogEntry[]> {
    const { task, attempt, by, commandId } = place;
    const at = this.clock.now();
    const says = (text: string, level: LogLevel = 'debug'): LogEntry[] => [{ at, level, text }];
    const ref = { taskId: task.id, attempt };
    switch (report.type) {
      case 'result':
        await this.tower.execute({ ...ref, type: 'ReportResult', result: report.result, ...usageOf(report) }, by, commandId);
        return says(`result: ${shorten(report.result.split('\n', 1)[0] ?? '', 200)}`, 'info');
      case 'error': {
        const retryAt = report.retryAt === undefined ? {} : { retryAt: Date.parse(report.retryAt) };
        const { kind, message } = report;
        await this.tower.execute({ ...ref, type: 'ReportError', kind, message, ...retryAt, ...usageOf(report) }, by, commandId);
        return says(message, 'error');
      }
      case 'cancelled':
        await this.tower.execute({ ...ref, type: 'ReportCancelled', ...usageOf(report) }, by, commandId);
        return says('stopped', 'info');
      case 'usage':
        await this.tower.execute({ ...ref, type: 'ReportUsage', usage: report.usage }, by, commandId);
        return says('usage reported');
      case 'session':
        await this.tower.execute({ ...ref, type: 'NoteSession', session: report.id }, by, commandId);
        return says(`session ${report.id}`);
    }
    attemptOf(task, attempt, by);
    switch (report.type) {
      case 'evidence': {
        const mime = report.evidence.kind === 'metrics' ? 'application/json' : 'text/plain';
        await this.keep(place, report.evidence, mime, Readable.from([Buffer.from(report.text)])).catch((error: unknown) =>
          this.refused(place, report.evidence, error),
        );
        return says(`evidence ${evidenceLabel(report.evidence)} (${report.evidence.kind})`, 'info');
      }
      case 'progress': {
        this.tower.live.setProgress(task.id, attempt, report.progress, report.step);
        const share = report.progress === null ? '' : `${Math.round(report.progress * 100)}% `;
        return place.seq === undefined ? [] : says(`progress ${share}${report.step ?? ''}`.trim());
      }
      case 'log':
        return report.lines.map(({ text, level, at: sent }) => ({ at: sent ?? at, level, text }));
      case 'message':
        return says(report.text, 'info');
      case 'plan':
        if (report.entries.length === 0) return says('plan: nothing left');
        return report.entries.map(({ text, status }) => ({ at, level: 'debug', text: `plan: ${text} (${status})` }));
      case 'tool': {
        this.tower.live.setProgress(task.id, attempt, null, report.name);
        return says(`tool: ${report.name} ${report.status}${report.detail ? `: ${report.detail}` : ''}`);
      }
    }
  }

  private async keep(place: Place, head: EvidenceHead, mime: string, bytes: AsyncIterable<Uint8Array>): Promise<Answer> {
    const { task, attempt, by, commandId } = place;
    const { sha256, bytes: size, known } = await this.evidence.put(bytes);
    const found = await this.evidence.pictureType(sha256);
    if ((head.kind === 'screenshot' || head.kind === 'image') && found === undefined) {
      throw new Refusal(
        'invalid',
        `${evidenceLabel(head)} of ${taskName(task)} is not a PNG, JPEG or WebP picture. Hand in the picture's own bytes.`,
      );
    }
    const report = head.kind === 'report' || head.kind === 'metrics' ? await this.readReport(place, head, mime, sha256) : {};
    const facts = { id: this.newId(), sha256, bytes: size, mime: found ?? safeMime(mime), addedAt: this.clock.now() };
    const evidence = { ...head, ...report, ...facts, ...(known && !isOwn(task, sha256) ? { reused: true } : {}) };
    return this.tower.execute({ type: 'AddEvidence', taskId: task.id, attempt, evidence }, by, commandId);
  }

  /** An agent may keep to itself that its evidence was refused; people see it in the log. */
  private async refused(place: Place, head: EvidenceHead, error: unknown): Promise<never> {
    if (error instanceof Refusal) {
      const { seq: _, ...rest } = place;
      const text = `evidence ${evidenceLabel(head)} (${head.kind}) was refused: ${error.message}`;
      await this.log(rest, [{ at: this.clock.now(), level: 'warn', text }]);
    }
    throw error;
  }

  /** What a report of a known format says, instead of what its agent says of it. @throws {Refusal} when the two differ. */
  private async readReport({ task }: Place, head: EvidenceHead, mime: string, sha256: string): Promise<Partial<Evidence>> {
    const path = this.evidence.path(sha256);
    if (path === undefined) return {};
    const about = { name: head.name, mime, ...(task.folder === undefined ? {} : { root: task.folder }) };
    const report = await this.reader.read(path, about).catch((error: unknown) => {
      throw error instanceof HumanError ? new Refusal('invalid', `${evidenceLabel(head)} of ${taskName(task)}: ${error.message}`) : error;
    });
    if (!report) return {};
    for (const { category, name, value } of head.metrics ?? []) {
      const said = report.metrics.find((metric) => metric.category === category && metric.name === name)?.value;
      if (said !== undefined && Math.abs(said - value) < 0.01) continue;
      const says = said === undefined ? `says nothing of ${category}.${name}` : `says ${category}.${name} is ${said}, not ${value}`;
      throw new Refusal('invalid', `The ${report.format} report ${says}. Leave the metrics out: they are read from the report.`);
    }
    const metrics = report.metrics.slice(0, 500);
    if (report.findings.length === 0) return { metrics, measured: true };
    const list = await this.evidence.put(Readable.from([Buffer.from(JSON.stringify(report.findings))]));
    return { metrics, measured: true, findings: { sha256: list.sha256, total: report.findingCount } };
  }

  private async log({ task, attempt, agentId, seq }: Place, lines: readonly LogEntry[]): Promise<void> {
    const now = this.clock.now();
    // An agent's clock may be ahead; nothing was written before it happened.
    const told = lines.map((line) => ({ ...line, at: Math.min(line.at, now) }));
    const stored = await this.logs.append(task.id, attempt, agentId, told, seq);
    // What is there for those who look closely, such as the name of a session, is no news.
    const last = stored.findLast(({ level }) => level !== 'debug');
    if (last && openAttempt(findTask(this.tower.board, task.id) ?? task)?.n === attempt)
      this.tower.live.setLastLine(task.id, attempt, last.text);
    if (stored.length > 0) this.tower.tellLines(stored);
  }

  private answer(taskId: string, attempt: number, ackSeq: number): ReportAnswer {
    const task = this.tower.board.tasks.get(taskId);
    const open = task && openAttempt(task);
    return { ackSeq, cancel: open?.n !== attempt || task?.phase === 'cancelling' };
  }

  private async inLine<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.tails.get(key) ?? Promise.resolve()).then(work);
    const settled = turn.catch(() => undefined);
    this.tails.set(key, settled);
    try {
      return await turn;
    } finally {
      if (this.tails.get(key) === settled) this.tails.delete(key);
    }
  }
}

/** True for bytes that the task itself has handed in before, such as an unchanged page in a second attempt. */
function isOwn(task: Task, sha256: string): boolean {
  return task.attempts.some(({ evidence }) => evidence.some((piece) => piece.sha256 === sha256));
}

function usageOf(report: { usage?: IncomingUsage | undefined }): { usage?: IncomingUsage } {
  return report.usage === undefined ? {} : { usage: report.usage };
}
type IncomingUsage = NonNullable<Extract<AgentReport, { type: 'result' }>['usage']>;

/** A type that says nothing dangerous to whoever opens the file. */
function safeMime(mime: string): string {
  return /^[a-z]+\/[a-z0-9.+-]{1,60}$/.test(mime) ? mime : 'application/octet-stream';
}
