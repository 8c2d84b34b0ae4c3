import * as l10n from '@vscode/l10n';
import type { LogMatch, LogPlace, LogScope } from '../../server/domain/logQuery';
import type { LogLine } from '../../server/domain/query';
import { FollowedTower } from '../kit/followedTower';
import { Listeners } from '../kit/listeners';
import type { PanelPort } from '../kit/panelChannel';
import type { VsCodeApi } from '../kit/vscodeApi';
import type { FromLogs, ToLogs } from '../protocol';
import { Announcer } from './announcer';
import { Finder } from './finder';
import { foldsOver } from './foldsOver';
import { StateKeeper } from './keeper';
import type { Line } from './line';
import type { LineCache } from './lineCache';
import { LineSource } from './lineSource';
import { LogReader, type Where } from './logReader';
import { isUnfiltered, scopeAt, withoutFilter, type LogsState } from './logsState';
import { holds } from './matcher';
import { BoardNames } from './names';
import { Rows } from './rows';
import type { Row } from './row';

/** Typing that goes on is not looked for yet, ms. */
const TYPING_MS = 120;

/** Something that was just done. */
export interface Message {
  text: string;
  undo?: { label: string; run: () => void };
}

/** All that the Logs panel shows: its filter, the lines, what is found in them, and where the person is. */
export class LogsModel {
  private readonly changed = new Listeners<void>();
  /** Something is to be drawn anew. */
  readonly onDidChange = this.changed.event;
  private readonly acted = new Listeners<ToLogs['panel/act']>();
  /** Something was chosen from the editor's own menu over a line. */
  readonly onDidAct = this.acted.event;
  readonly tower: FollowedTower;
  readonly reader: LogReader;
  readonly finder: Finder;
  readonly names: BoardNames;
  /** Folds that are open. */
  readonly open = new Set<string>();
  singleKeys = true;
  message: Message | undefined;
  /** What a screen reader says. */
  spoken = '';
  exporting: ToLogs['panel/exporting'] = null;
  /** The line to bring into view at the next drawing. */
  revealed: string | undefined;
  /** The first line in sight, as it was drawn last. */
  topLine: Line | undefined;
  private readonly keeper: StateKeeper;
  private readonly rowsMade = new Rows();
  private readonly announcer = new Announcer((text) => {
    this.spoken = text;
    this.draw();
  });
  /** The extension has said what to show. */
  private isShown = false;
  /** The filter as it is asked: "the last hour" begins at a time. */
  private scope: LogScope = {};
  private typing: ReturnType<typeof setTimeout> | undefined;

  constructor(api: VsCodeApi, port: PanelPort) {
    this.tower = new FollowedTower(port);
    this.keeper = new StateKeeper(api, (kept) => this.tell('panel/keep', { kept }));
    const source = new LineSource(this.tower);
    this.reader = new LogReader(source, {
      changed: () => this.draw(),
      read: (lines, at) => this.read(lines, at),
      failed: (text) => this.say({ text }),
    });
    this.finder = new Finder(
      (...asked) => source.search(...asked),
      () => this.found(),
    );
    const numberOf = async (taskId: string): Promise<number> => (await this.tower.query({ type: 'TaskDetails', taskId })).task.number;
    this.names = new BoardNames(() => this.tower.board, numberOf);
    this.tower.onDidTell(({ method, params }) => this.hear(method, params));
    this.tower.onDidChangeStanding(() => this.draw());
    this.tower.onDidReset(() => this.reload());
    this.tower.onDidCommit(() => this.draw());
    this.tower.onDidLog((lines) => this.take(lines));
    this.tower.start();
  }

  tell<Method extends keyof FromLogs>(method: Method, params: FromLogs[Method]): void {
    this.tower.tell(method, params);
  }

  get state(): LogsState {
    return this.keeper.current;
  }

  get cache(): LineCache {
    return this.reader.cache;
  }

  /** The rows of what is here now. */
  rows(): Row[] {
    const { names, open, reader } = this;
    return this.rowsMade.of({
      lines: reader.cache.lines,
      hasOlder: reader.cache.hasOlder,
      open,
      isPaused: !reader.isFollowing,
      isSparse: reader.wanted.match !== undefined,
      attempt: (taskId, attempt) => ({ number: names.task(taskId), startedAt: names.startedAt(taskId, attempt) }),
      agentName: names.agent,
      perSecond: reader.perSecond,
      now: Date.now(),
    });
  }

  get isUnfiltered(): boolean {
    return isUnfiltered({ ...this.state, only: this.match !== undefined });
  }

  /** The task that is filtered to, when it is one alone. */
  get onlyTask(): string | undefined {
    const { taskIds } = this.state.scope;
    return taskIds?.length === 1 ? taskIds[0] : undefined;
  }

  /** Changes what is kept; a change of the filter reads the lines anew. */
  update(change: Partial<LogsState>): void {
    this.become({ ...this.state, ...change });
  }

  /** Takes another state; where its filter differs the lines are read anew. */
  become(next: LogsState): void {
    const before = this.state;
    this.keeper.current = next;
    if (JSON.stringify([next.scope, next.last]) !== JSON.stringify([before.scope, before.last])) this.filter('end');
    else if (next.only !== before.only || (next.context !== before.context && this.match)) this.load(this.here());
    this.draw();
  }

  /** Changes the filter; what is undefined is taken out of it. */
  setScope(change: { [Key in keyof LogScope]?: LogScope[Key] | undefined }): void {
    const next = { ...this.state.scope, ...change };
    if (next.taskIds?.length !== 1) delete next.attempt;
    this.update({ scope: Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined)) });
  }

  /** Shows every line. */
  clearFilter(): void {
    this.become(withoutFilter(this.state));
  }

  /** Changes what is looked for. */
  setFind(change: Partial<LogMatch>): void {
    this.update({ find: { ...this.state.find, ...change } });
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.find(), change.text === undefined || change.text === '' ? 0 : TYPING_MS);
  }

  /** Goes to the next or the previous hit. */
  step(by: 1 | -1): void {
    const hit = this.finder.step(by, this.topLine?.at ?? 0);
    if (hit) this.goTo(hit.place);
  }

  /** Shows the current hit among every line. */
  jumpUnfiltered(): void {
    if (this.finder.current === undefined) this.step(1);
    const place = this.finder.current;
    if (place === undefined || this.isUnfiltered) return;
    const before = this.state;
    const goTo = (state: LogsState, message: Message | undefined): void => {
      this.keeper.current = state;
      this.pause();
      this.say(message);
      this.filter({ place });
    };
    const undo = { label: l10n.t('Back to the Filter'), run: () => goTo(before, undefined) };
    goTo(withoutFilter(before), { text: l10n.t('Showing every line around the hit.'), undo });
  }

  /** Brings a line into view, and reads it first when it is not here. */
  goTo(place: LogPlace): void {
    this.pause();
    if (!this.cache.has(place)) return this.load({ place });
    this.unfold(place);
    this.revealed = place;
    this.draw();
  }

  /** Reads the lines around a place anew, as some that came were left out. */
  readAround(place: LogPlace): void {
    this.pause();
    this.load({ place });
  }

  toBeginning(): void {
    this.pause();
    if (this.cache.hasOlder) return this.load('beginning');
    this.revealed = this.cache.lines[0]?.key;
    this.draw();
  }

  /** Shows the newest lines, and new ones as they come. */
  follow(): void {
    this.reader.isFollowing = true;
    this.reader.newLines = 0;
    if (this.cache.hasNewer) this.load('end');
    this.draw();
  }

  /** Keeps the view where it is. */
  pause(): void {
    if (!this.reader.isFollowing) return;
    this.reader.isFollowing = false;
    this.reader.newLines = 0;
    this.draw();
  }

  toggle(key: string): void {
    this.pause();
    if (!this.open.delete(key)) this.open.add(key);
    this.draw();
  }

  say(message: Message | undefined): void {
    this.message = message;
    this.draw();
  }

  /** Reads everything anew, where the view is. */
  reload(): void {
    if (this.isShown) this.filter(this.here());
  }

  /** Has the page drawn anew in the next frame. */
  draw(): void {
    this.changed.fire();
  }

  /** What alone is shown, if anything. */
  private get match(): LogMatch | undefined {
    return this.state.only ? this.finder.match : undefined;
  }

  private hear(method: string, params: unknown): void {
    if (method === 'panel/show') this.show(params as ToLogs['panel/show']);
    else if (method === 'panel/act') this.acted.fire(params as ToLogs['panel/act']);
    else if (method === 'panel/dropped') this.reader.drop(params as ToLogs['panel/dropped']);
    else if (method === 'panel/exporting') {
      this.exporting = params as ToLogs['panel/exporting'];
      this.draw();
    }
  }

  private show({ kept, scope, asked, singleKeys }: ToLogs['panel/show']): void {
    const isFirst = !this.isShown;
    this.isShown = true;
    this.singleKeys = singleKeys;
    if (isFirst) this.keeper.restore(kept);
    // The first one after a reload repeats what was asked for before it.
    const isWish = scope !== undefined && asked !== this.state.asked;
    if (isWish) {
      this.keeper.current = { ...withoutFilter(this.state), scope, asked };
      this.reader.isFollowing = true;
    }
    if (isFirst || isWish) this.filter('end');
  }

  /** Reads the lines, and finds what is looked for, with the filter as it is now. */
  private filter(where: Where): void {
    this.scope = scopeAt(this.state, Date.now());
    this.load(where);
    this.find();
  }

  private load(where: Where): void {
    const { match, scope, finder } = this;
    const wanted = { scope, context: this.state.context, ...(match ? { match } : {}) };
    const isHit = match && (({ text }: Line): boolean => finder.pattern !== undefined && holds(finder.pattern, text));
    this.tower.subscribeLogs(scope);
    void this.reader.load(wanted, where, isHit, this.tower.board !== undefined);
    this.draw();
  }

  private find(): void {
    const { find } = this.state;
    if (this.tower.board) void this.finder.find(this.scope, find.text === '' ? undefined : find);
  }

  private found(): void {
    if (JSON.stringify(this.match) !== JSON.stringify(this.reader.wanted.match)) this.load('end');
    this.draw();
  }

  private take(sent: readonly LogLine[]): void {
    const { lines, shown } = this.reader.take(sent);
    if (lines.length === 0) return;
    this.finder.addLive(lines);
    if (this.onlyTask !== undefined) this.announcer.take(shown);
    this.draw();
  }

  private read(lines: readonly Line[], at: string | undefined): void {
    if (at !== undefined) {
      this.unfold(at);
      this.revealed = at;
    }
    const taskIds = lines.map(({ taskId }) => taskId);
    void this.names.learn(taskIds, () => this.draw());
  }

  /** Where the view is, so that other lines around it can be read. */
  private here(): Where {
    const place = this.finder.current ?? this.topLine?.place;
    return this.reader.isFollowing || place === undefined ? 'end' : { place };
  }

  /** Opens what hides a line, or what was looked for in it. */
  private unfold(key: string): void {
    for (const fold of foldsOver(this.cache.lines, key, this.match !== undefined, this.finder.pattern)) this.open.add(fold);
  }
}
