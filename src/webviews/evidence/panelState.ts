import type { KeptState, Mode } from '../protocol';
import type { Against, Group } from './picture';
import type { Zoom } from './view';

export type Tab = 'pictures' | 'metrics' | 'files';

/** What the panel keeps over a reload. */
export interface PanelState extends KeptState {
  tab: Tab;
  /** What the extension asked to see last, so that it is not taken for a new wish after a reload. */
  asked: string;
  /** The attempt that is shown; 0 = the newest with evidence. */
  attempt: number;
  against: Against;
  /** Left and right have changed places. */
  swapped: boolean;
  /** The key of the picture on the stage. */
  picture: string;
  /** The person's choice; without one the stage chooses by its width. */
  mode?: Mode;
  zoom: Zoom;
  /** Index of the changed area jumped to last; -1 = none. */
  area: number;
  /** Where the slider's line stands, and how much of the attempt the onion shows, 0..100. */
  split: number;
  opacity: number;
  boxes: boolean;
  gallery: boolean;
  grid: boolean;
  /** CSS pixels. */
  galleryWidth: number;
  toggled: Group[];
  filter: string;
  /** The stage fills the panel. */
  filled: boolean;
  /** Drafts of notes by picture, and of the whole task under `task`. */
  notes: Record<string, string>;
  /** The metric whose findings are shown. */
  metric: string;
}

export const FIRST_STATE: PanelState = {
  tab: 'pictures',
  asked: '',
  attempt: 0,
  against: 'baseline',
  swapped: false,
  picture: '',
  zoom: 'fit',
  area: -1,
  split: 50,
  opacity: 50,
  boxes: true,
  gallery: true,
  grid: false,
  galleryWidth: 200,
  toggled: [],
  filter: '',
  filled: false,
  notes: {},
  metric: '',
};

/** What was kept, as far as it can be used; anything else is as at the start. */
export function restoredState(kept: unknown): PanelState {
  if (typeof kept !== 'object' || kept === null) return FIRST_STATE;
  const known = Object.entries(kept).filter(
    ([key, value]) =>
      key === 'taskId' ||
      key === 'mode' ||
      typeof value === typeof FIRST_STATE[key as keyof PanelState] ||
      key === 'against' ||
      key === 'zoom',
  );
  return { ...FIRST_STATE, ...(Object.fromEntries(known) as Partial<PanelState>) };
}

/** The state for another task: how the person looks at pictures stays, where they were does not. */
export function stateFor(state: PanelState, taskId: string): PanelState {
  if (state.taskId === taskId) return state;
  const { mode, boxes, gallery, grid, galleryWidth, opacity } = state;
  return { ...FIRST_STATE, taskId, ...(mode ? { mode } : {}), boxes, gallery, grid, galleryWidth, opacity };
}
