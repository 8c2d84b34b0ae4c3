import * as l10n from '@vscode/l10n';
import { GROUPS, type Group, type Picture } from './picture';

export const GROUP_TITLES: Readonly<Record<Group, string>> = {
  changed: l10n.t('Changed'),
  new: l10n.t('New'),
  removed: l10n.t('Removed'),
  failed: l10n.t('Failed to compare'),
  waiting: l10n.t('Being compared'),
  unchanged: l10n.t('Unchanged'),
};
/** Groups that are closed until a person opens them. */
const CLOSED: ReadonlySet<Group> = new Set(['unchanged']);

/** A line of the gallery: the head of a group, or a picture in an open one. */
export type GalleryRow =
  | { kind: 'group'; key: string; group: Group; count: number; open: boolean; index: number; total: number }
  | { kind: 'picture'; key: string; picture: Picture; index: number; total: number };

/** The pictures whose label holds every word of `filter`. */
export function matching(pictures: readonly Picture[], filter: string): Picture[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return pictures.filter(({ label }) => words.every((word) => label.toLowerCase().includes(word)));
}

/** The rows of the gallery; `toggled` groups stand the other way than they start. A filter opens all, so that hits are seen. */
export function galleryRows(pictures: readonly Picture[], filter: string, toggled: readonly Group[]): GalleryRow[] {
  const shown = matching(pictures, filter);
  const groups = GROUPS.filter((group) => shown.some((picture) => picture.group === group));
  return groups.flatMap((group, index): GalleryRow[] => {
    const members = shown.filter((picture) => picture.group === group);
    const open = filter.trim() !== '' || CLOSED.has(group) === toggled.includes(group);
    const head: GalleryRow = { kind: 'group', key: `group:${group}`, group, count: members.length, open, index, total: groups.length };
    const rows = members.map((picture, place): GalleryRow => ({
      kind: 'picture',
      key: picture.key,
      picture,
      index: place,
      total: members.length,
    }));
    return open ? [head, ...rows] : [head];
  });
}

/** The pictures that can be seen, in order. */
export function seenPictures(rows: readonly GalleryRow[]): Picture[] {
  return rows.flatMap((row) => (row.kind === 'picture' ? [row.picture] : []));
}
