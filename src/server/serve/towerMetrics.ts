import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { AgentStatus } from '../domain/agent';
import { agentStatus } from '../domain/agentStatus';
import type { TowerEvent } from '../domain/event';
import { needsYou } from '../domain/needsYou';
import type { Metrics, Tower } from '../domain/ports';
import { Status } from '../domain/task';
import { DeliveryCounts } from './webhooks/deliveryCounts';

/** Agents beyond this many are counted together, so that made-up names do not fill whoever stores the metrics. */
const AGENTS = 100;
const OTHERS = 'others';
/** Bounds of what an attempt takes, seconds. */
const DURATIONS = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400];

/** What a tower tells Prometheus: the board as it stands, and what happened since this process started. */
export class TowerMetrics implements Metrics {
  private readonly registry = new Registry();
  private readonly listening: { dispose(): void };
  private readonly named = new Set<string>();
  private readonly created = this.counter('tasktower_tasks_created_total', 'Tasks created.');
  private readonly ended = this.counter('tasktower_attempts_ended_total', 'Attempts ended.', ['agent', 'outcome']);
  private readonly tokens = this.counter('tasktower_tokens_total', 'Tokens of ended attempts.', ['agent', 'direction']);
  private readonly cost = this.counter('tasktower_cost_usd_total', 'What ended attempts cost, US dollars, where it is known.', ['agent']);
  private readonly took = new Histogram({
    name: 'tasktower_attempt_duration_seconds',
    help: 'How long attempts took from start to end.',
    labelNames: ['outcome'],
    buckets: DURATIONS,
    registers: [this.registry],
  });

  /** @param deliveries what its webhooks do. */
  constructor(
    private readonly tower: Tower,
    deliveries = new DeliveryCounts(),
  ) {
    collectDefaultMetrics({ register: this.registry });
    this.gauge('tasktower_tasks', 'Tasks on the board.', 'status', () => {
      const { byStatus } = tower.board;
      return Status.options.map((status) => [status, byStatus[status].size]);
    });
    this.gauge('tasktower_agents', 'Agents.', 'status', () => this.agents());
    this.gauge('tasktower_needs_you', 'What only a person can move on.', undefined, () => [['', needsYou(tower.board, tower.live).length]]);
    this.gauge('tasktower_journal_seq', 'The number of the last record.', undefined, () => [['', tower.board.seq]]);
    this.gauge('tasktower_webhooks_waiting', 'Webhooks that are not delivered yet.', 'hook', () => deliveries.waiting);
    const tries = this.counter('tasktower_webhook_tries_total', 'What became of tries to deliver a webhook.', ['hook', 'result'], () => {
      tries.reset();
      for (const [hook, result, count] of deliveries.all) tries.inc({ hook, result }, count);
    });
    this.listening = tower.onDidCommit((records) => {
      for (const { events } of records) for (const event of events) this.count(event);
    });
  }

  get type(): string {
    return this.registry.contentType;
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  dispose(): void {
    this.listening.dispose();
    this.registry.clear();
  }

  private count(event: TowerEvent): void {
    if (event.type === 'TaskCreated') return this.created.inc();
    if (event.type !== 'AttemptEnded') return;
    const attempt = this.tower.board.tasks.get(event.taskId)?.attempts[event.attempt - 1];
    if (!attempt) return;
    const agent = this.nameOf(attempt.agentId);
    const { outcome } = event;
    this.ended.inc({ agent, outcome });
    if (attempt.endedAt !== undefined) this.took.observe({ outcome }, Math.max(0, attempt.endedAt - attempt.startedAt) / 1_000);
    const { inputTokens = 0, outputTokens = 0 } = attempt.usage ?? {};
    if (inputTokens > 0) this.tokens.inc({ agent, direction: 'input' }, inputTokens);
    if (outputTokens > 0) this.tokens.inc({ agent, direction: 'output' }, outputTokens);
    if (attempt.cost?.usd) this.cost.inc({ agent }, attempt.cost.usd);
  }

  private agents(): [string, number][] {
    const { board, live } = this.tower;
    const counts = new Map(AgentStatus.options.map((status) => [status, 0]));
    for (const agent of board.agents.values()) {
      const status = agentStatus(board, live, agent);
      counts.set(status, (counts.get(status) ?? 0) + 1);
    }
    return [...counts];
  }

  private nameOf(agentId: string): string {
    if (!this.named.has(agentId) && this.named.size >= AGENTS) return OTHERS;
    this.named.add(agentId);
    return this.tower.board.agents.get(agentId)?.name ?? agentId;
  }

  /** @param collect called before it is read. */
  private counter<L extends string = never>(name: string, help: string, labelNames: L[] = [], collect?: () => void): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry], ...(collect ? { collect } : {}) });
  }

  /** A figure that is read when it is asked for. */
  private gauge(name: string, help: string, label: string | undefined, read: () => [string, number][]): void {
    new Gauge({
      name,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [this.registry],
      collect() {
        for (const [value, number] of read()) {
          if (label === undefined) this.set(number);
          else this.set({ [label]: value }, number);
        }
      },
    });
  }
}
