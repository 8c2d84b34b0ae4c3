import type { CommandInput } from '../../server/domain/command';
import type { TaskEvidence } from '../../server/domain/query';
import { FollowedTower } from '../kit/followedTower';
import { Listeners } from '../kit/listeners';
import type { PanelPort } from '../kit/panelChannel';
import type { FromEvidence, ShowEvidence, ToEvidence } from '../protocol';
import { mergeEvidence } from './mergeEvidence';
import { spoken } from '../../server/domain/spoken';

/** What there is to show: nothing yet, an error, or the proof of a task. */
export interface Evidence {
  show?: ShowEvidence;
  proof?: TaskEvidence;
  /** How often the tower has told the proof: the files that it names were there each time. */
  answers?: number;
  /** Why it cannot be shown, for people. */
  error?: string;
  /** Not connected since, ms. */
  staleSince?: number;
}

/** Events of one burst become one query. */
const GATHER_MS = 100;

/** The proof of the task that the panel shows, as the tower has it. */
export class EvidenceStore {
  private readonly changed = new Listeners<Evidence>();
  readonly onDidChange = this.changed.event;
  private readonly shown = new Listeners<ShowEvidence>();
  /** The extension asked for a task, or a place in it. */
  readonly onDidShow = this.shown.event;
  current: Evidence = {};
  private readonly tower: FollowedTower;
  private isAsking = false;
  private isOutdated = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(port: PanelPort) {
    this.tower = new FollowedTower(port);
    this.tower.onDidTell(({ method, params }) => method === 'panel/show' && this.show(params as ToEvidence['panel/show']));
    this.tower.onDidChangeStanding(() => this.stand());
    this.tower.onDidReset(() => this.outdated());
    this.tower.onDidCommit((records) => {
      const taskId = this.current.show?.taskId;
      const events = records.flatMap((record) => record.events);
      if (events.some((event) => 'taskId' in event && event.taskId === taskId)) this.outdated();
    });
    this.tower.start();
  }

  /** The name of an agent. */
  agentName(id: string): string {
    return this.tower.board?.agents.get(id)?.name ?? id;
  }

  /** Why the person may not run a command of the editor; undefined = they may. */
  whyNot(command: string): string | undefined {
    return this.tower.whyNot(command);
  }

  tell<Method extends keyof FromEvidence>(method: Method, params: FromEvidence[Method]): void {
    this.tower.tell(method, params);
  }

  /** Carries out a command of the person. @throws what the tower refuses, in its words. */
  async execute(command: CommandInput): Promise<void> {
    await this.tower.execute(command);
    this.refresh();
  }

  /** Asks for everything again. */
  reload(): void {
    void this.ask();
  }

  private show(show: ShowEvidence): void {
    const before = this.current.show;
    const isOther = show.taskId !== before?.taskId;
    this.current = { ...(isOther ? {} : this.current), show };
    if (isOther || show.asked === undefined || show.asked !== before?.asked) this.shown.fire(show);
    this.changed.fire(this.current);
    void this.ask();
  }

  private stand(): void {
    const { error, staleSince } = this.tower;
    const { staleSince: _, ...rest } = this.current;
    this.set({ ...rest, ...(error === undefined ? {} : { error }), ...(staleSince === undefined ? {} : { staleSince }) });
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
    if (show && proof) this.set({ ...this.current, proof: mergeEvidence(proof, this.tower.board?.tasks.get(show.taskId)) });
  }

  private async ask(): Promise<void> {
    const { tower } = this;
    const taskId = this.current.show?.taskId;
    if (!tower.board || taskId === undefined) return;
    if (this.isAsking) {
      this.isOutdated = true;
      return;
    }
    this.isAsking = true;
    try {
      const proof = await tower.query({ type: 'Evidence', taskId });
      const { error: _, ...rest } = this.current;
      if (this.current.show?.taskId === taskId)
        this.set({ ...rest, answers: (rest.answers ?? 0) + 1, proof: mergeEvidence(proof, tower.board.tasks.get(taskId)) });
    } catch (error) {
      if (this.current.show?.taskId === taskId) this.set({ ...this.current, error: spoken(error) });
    }
    this.isAsking = false;
    const again = this.isOutdated || this.current.show?.taskId !== taskId;
    this.isOutdated = false;
    if (again) void this.ask();
  }

  private set(next: Evidence): void {
    this.current = next;
    this.changed.fire(next);
  }
}
