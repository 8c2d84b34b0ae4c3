import type { VsCodeApi } from '../kit/vscodeApi';
import type { KeptLogs } from '../protocol';
import { keptOf, restoredState, type LogsState } from './logsState';

/** The state of the panel, which outlives a reload, and a part of it the window. */
export class StateKeeper {
  private state: LogsState;
  private kept = '';

  constructor(
    private readonly api: VsCodeApi,
    /** Keeps over sessions. */
    private readonly keep: (kept: KeptLogs) => void,
  ) {
    this.state = restoredState(api.getState(), undefined);
  }

  get current(): LogsState {
    return this.state;
  }

  set current(state: LogsState) {
    this.state = state;
    this.api.setState(state);
    const kept = JSON.stringify(keptOf(state));
    if (kept !== this.kept) this.keep(keptOf(state));
    this.kept = kept;
  }

  /** Takes what an earlier panel left, where this one left nothing. */
  restore(kept: KeptLogs | undefined): void {
    this.state = restoredState(this.api.getState(), kept);
    this.kept = JSON.stringify(keptOf(this.state));
  }
}
