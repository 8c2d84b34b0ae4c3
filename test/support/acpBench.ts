import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { FinalReport } from '../../src/server/domain/report';
import type { Question } from '../../src/server/domain/task';
import type { AssignParams, InputResult, RunnerAgent } from '../../src/server/protocol/agent';
import type { ProcessLedger } from '../../src/server/runner/driver';
import { acpDriver } from '../../src/server/runner/drivers/acp';
import { DriverRun } from './driverBench';
import { runningOf } from './processTree';

const ECHO = resolve('test/fixtures/acp/echoAgent.mjs');

/** What the echo agent offers where it asks for permission. */
export const OPTIONS = [
  { optionId: 'yes', name: 'Allow', kind: 'allow_once' },
  { optionId: 'always', name: 'Always allow', kind: 'allow_always' },
  { optionId: 'no', name: 'Reject', kind: 'reject_once' },
];

export interface EchoOptions {
  /** How the echo agent greets. */
  how?: object;
  assignment?: Partial<AssignParams>;
  agent?: Partial<RunnerAgent>;
  graceMs?: number;
  answer?: (question: Question) => InputResult | Promise<InputResult>;
  times?: Parameters<typeof acpDriver>[0];
  /** Where its processes are noted instead. */
  processes?: ProcessLedger;
}

/** The ACP driver with the echo agent, which does what its prompt says. */
export class AcpBench {
  constructor(readonly folder: string) {}

  run(steps: object[] | string, { how = {}, assignment, agent, graceMs, answer, times, processes }: EchoOptions = {}): DriverRun {
    const env = { ECHO: JSON.stringify(how), ECHO_LOG: join(this.folder, 'echo.log'), KIMI_CODE_HOME: join(this.folder, 'kimi') };
    const driver = acpDriver({ linger: 100, ...times });
    return new DriverRun(processes ? (context) => driver({ ...context, processes }) : driver, {
      agent: { name: 'Echo', driver: 'acp', command: [process.execPath, ECHO], cwd: this.folder, env, ...agent },
      assignment: { prompt: typeof steps === 'string' ? steps : JSON.stringify(steps), ...assignment },
      ...(graceMs === undefined ? {} : { graceMs }),
      ...(answer ? { answer } : {}),
    });
  }

  /** What the agent was sent, by method. */
  sent(method: string): Record<string, unknown>[] {
    const lines = readFileSync(join(this.folder, 'echo.log'), 'utf8').trim().split('\n');
    const calls = lines.map((line) => JSON.parse(line) as { method: string; params: Record<string, unknown> });
    return calls.flatMap((call) => (call.method === method ? [call.params] : []));
  }

  /** The final report, which is the last, and after which no process is left. */
  async ended(work: DriverRun): Promise<FinalReport> {
    const final = await work.final();
    assert.equal(work.reports.at(-1), final);
    assert.deepEqual(work.ended, work.started);
    assert.deepEqual(runningOf(work.started), []);
    return final;
  }

  async failed(work: DriverRun, kind: string, message: RegExp): Promise<void> {
    const final = await this.ended(work);
    assert.equal(final.type, 'error');
    assert.equal(final.type === 'error' && final.kind, kind);
    assert.match(final.type === 'error' ? final.message : '', message);
  }
}
