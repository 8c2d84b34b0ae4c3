import type { CommandInput } from '../../server/domain/command';
import type { TaskEvidence } from '../../server/domain/query';
import { RemoteTower } from '../../server/follower/remoteTower';
import { Listeners } from '../kit/listeners';
import { PanelChannel, type PanelPort } from '../kit/panelChannel';
import type { FromEvidence, ShowEvidence, ToEvidence } from '../protocol';
import { mergeEvidence } from './mergeEvidence';

/** What there is to show: nothing yet, an error, or the proof of a task. */
export interface Evidence {
  show?: ShowEvidence;
  proof?: TaskEvidence;
  /** Why it cannot be shown, for people. */
  error?: string;
  /** Not connected since, ms. */
  staleSince?: number;
}

/** Events of one burst become one query. */
const GATHER_MS = 100;
/** A board that could not be followed is asked for again after this. */
const RETRY_MS = 2_000;
const PERSON = { kind: 'person', name: 'you' } as const;

/** The proof of the task that the panel shows, as the tower has it. */
export class EvidenceStore {
  private readonly changed = new Listeners<Evidence>();
  readonly onDidChange = this.changed.event;
  private readonly shown = new Listeners<ShowEvidence>();
  /** The extension asked for a task, or a place in it. */
  readonly onDidShow = this.shown.event;
  current: Evidence = {};
  /** What is not the board's goes here, also while the board cannot be followed. */
  private readonly link: PanelChannel;
  private tower: RemoteTower | undefined;
  private isAsking = false;
  private isOutdated = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly port: PanelPort) {
    this.link = new PanelChannel(port);
    this.link.onDidTell(({ method, params }) => this.hear(method, params));
    this.tell('panel/ready', {});
    void this.follow();
  }

  /** The name of an agent. */
  agentName(id: string): string {
    return this.tower?.board.agents.get(id)?.name ?? id;
  }

  tell<Method extends keyof FromEvidence>(method: Method, params: FromEvidence[Method]): void {
    this.link.tell(method, params);
  }

  /** Carries out a command of the person. @throws what the tower refuses, in its words. */
  async execute(command: CommandInput): Promise<void> {
    if (!this.tower) throw new Error('The tower has not answered yet. Try again in a moment.');
    await this.tower.execute(command, PERSON, crypto.randomUUID());
    this.refresh();
  }

  /** Asks for everything again. */
  reload(): void {
    void this.ask();
  }

  private async follow(): Promise<void> {
    try {
      const tower = await RemoteTower.open(new PanelChannel(this.port), 'panel');
      this.tower = tower;
      tower.onDidReset(() => this.outdated());
      tower.onDidCommit((records) => {
        const taskId = this.current.show?.taskId;
        const events = records.flatMap((record) => record.events);
        if (events.some((event) => 'taskId' in event && event.taskId === taskId)) this.outdated();
      });
      // It closes when a record was missed: then the whole board is asked for again.
      tower.onDidClose(() => this.followLater());
      await this.ask();
    } catch (error) {
      this.fail(error);
      this.followLater();
    }
  }

  private followLater(): void {
    this.tower = undefined;
    setTimeout(() => void this.follow(), RETRY_MS);
  }

  private hear(method: string, params: unknown): void {
    if (method === 'panel/show') {
      const show = params as ToEvidence['panel/show'];
      const isOther = show.taskId !== this.current.show?.taskId;
      this.current = { ...(isOther ? {} : this.current), show };
      this.shown.fire(show);
      this.changed.fire(this.current);
      void this.ask();
    } else if (method === 'panel/stale') {
      const { since } = params as ToEvidence['panel/stale'];
      const { staleSince: _, ...rest } = this.current;
      this.set({ ...rest, ...(since === null ? {} : { staleSince: since }) });
    }
  }

  /** Shows what the board says at once, and asks for the rest soon. */
  private outdated(): void {
    this.refresh();
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.ask();
    }, GATHER_MS);
  }

  private refresh(): void {
    const { show, proof } = this.current;
    if (show && proof) this.set({ ...this.current, proof: mergeEvidence(proof, this.tower?.board.tasks.get(show.taskId)) });
  }

  private async ask(): Promise<void> {
    const { tower } = this;
    const taskId = this.current.show?.taskId;
    if (!tower || taskId === undefined) return;
    if (this.isAsking) {
      this.isOutdated = true;
      return;
    }
    this.isAsking = true;
    try {
      const proof = await tower.query({ type: 'Evidence', taskId });
      const { error: _, ...rest } = this.current;
      if (this.current.show?.taskId === taskId) this.set({ ...rest, proof: mergeEvidence(proof, tower.board.tasks.get(taskId)) });
    } catch (error) {
      if (this.current.show?.taskId === taskId) this.fail(error);
    }
    this.isAsking = false;
    const again = this.isOutdated || this.current.show?.taskId !== taskId;
    this.isOutdated = false;
    if (again) void this.ask();
  }

  private fail(error: unknown): void {
    this.set({ ...this.current, error: error instanceof Error ? error.message : String(error) });
  }

  private set(next: Evidence): void {
    this.current = next;
    this.changed.fire(next);
  }
}
