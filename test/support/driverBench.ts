import { readFileSync } from 'node:fs';
import { WantedAgent } from '../../src/server/domain/agent';
import type { EvidenceHead } from '../../src/server/domain/evidence';
import { isFinalReport, type AgentReport, type FinalReport } from '../../src/server/domain/report';
import type { Question } from '../../src/server/domain/task';
import { AssignParams, type InputResult } from '../../src/server/protocol/agent';
import type { Driver, EvidenceBody, Work } from '../../src/server/runner/driver';
import { until } from './until';

export interface DriverRunOptions {
  agent: Partial<WantedAgent> & Pick<WantedAgent, 'cwd'>;
  assignment?: Partial<AssignParams>;
  graceMs?: number;
  /** What a person answers; without it, questions stay open. */
  answer?: (question: Question) => InputResult | Promise<InputResult>;
}

/** One attempt in the hands of a driver, outside of any runner: all it reports, asks and hands in. */
export class DriverRun {
  readonly reports: AgentReport[] = [];
  readonly questions: Question[] = [];
  readonly evidence: { head: EvidenceHead; mime: string; bytes: Buffer }[] = [];
  readonly started: number[] = [];
  readonly ended: number[] = [];
  readonly work: Work;

  constructor(driver: Driver, { agent, assignment, graceMs = 5_000, answer }: DriverRunOptions) {
    const task = { taskId: 'T1', attempt: 1, number: 1, title: 'A task', prompt: 'Do it' };
    const given = { ...task, priority: 'normal', kind: 'task', requires: [], limits: {}, fields: {} };
    this.work = driver({
      agent: WantedAgent.parse({ id: 'agent', name: 'Agent', run: 'task', ...agent }),
      assignment: AssignParams.parse({ ...given, url: 'http://127.0.0.1:1', token: 'attempt-token', ...assignment }),
      graceMs,
      report: (report) => void this.reports.push(report),
      ask: (question) => {
        this.questions.push(question);
        return answer ? Promise.resolve(answer(question)) : new Promise(() => undefined);
      },
      handIn: (head, body) => this.take(head, body),
      processes: { started: (_, { pid }) => this.started.push(pid), ended: (_, { pid }) => this.ended.push(pid) },
    });
  }

  /** Output as `level text`. */
  get log(): string[] {
    return this.reports.flatMap((report) => (report.type === 'log' ? report.lines.map(({ level, text }) => `${level} ${text}`) : []));
  }

  of<T extends AgentReport['type']>(type: T): Extract<AgentReport, { type: T }>[] {
    return this.reports.filter((report): report is Extract<AgentReport, { type: T }> => report.type === type);
  }

  final(): Promise<FinalReport> {
    return until('the final report', () => this.reports.find(isFinalReport));
  }

  private take(head: EvidenceHead, body: EvidenceBody): Promise<void> {
    const bytes = 'path' in body ? readFileSync(body.path) : Buffer.from(body.bytes);
    this.evidence.push({ head, mime: body.mime, bytes });
    return Promise.resolve();
  }
}
