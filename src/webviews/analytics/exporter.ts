import * as l10n from '@vscode/l10n';
import type { MenuItem } from '../kit/menu';
import type { FromAnalytics } from '../protocol';
import { COLOUR } from './colours';
import { tableCsv, tablesCsv } from './csv';
import { taskCount, type Facts } from './facts';
import type { LazyCharts } from './lazyCharts';
import { composed, drawnOf, withComputed, type Captioned, type Drawn } from './picture';
import type { Question } from './question';
import { MIN_RATE } from './sample';
import { localDate } from './taskSearch';
import type { Panel } from './usePanel';

/** Makes files of charts. */
export interface Exporter {
  charts: LazyCharts;
  /** Why the last export failed; said to the person. */
  onFail: (error: unknown) => void;
}

/** A chart's width in a picture, CSS pixels, and how many pixels each of these has in a PNG. */
const WIDTH = 640;
const SCALE = 2;
const GAP = 8;

/** The entries of an export menu for one or all charts. */
export function exportItems(panel: Panel, { charts, onFail }: Exporter, questions: readonly Question[], name: string): MenuItem[] {
  const { facts, store, viewOf } = panel;
  const none = !facts || taskCount(facts) === 0 ? l10n.t('There is no finished task to export.') : undefined;
  const few = none ?? (facts && taskCount(facts) < MIN_RATE ? l10n.t('Charts start with three finished tasks.') : undefined);
  const save = (extension: string, content: Pick<FromAnalytics['panel/save'], 'text' | 'base64'>): void =>
    store.tell('panel/save', { name: `tasktower-${name}-${localDate(Date.now())}.${extension}`, ...content });
  const draw = (): Promise<Drawn> =>
    facts ? pictureOf(facts, questions, viewOf, charts) : Promise.reject(new Error(l10n.t('There is nothing to draw.')));
  const item = (text: string, disabled: string | undefined, run: () => Promise<void>): MenuItem => ({
    icon: 'export',
    text: l10n.t('Export {0}...', text),
    disabled,
    onClick: () => void run().catch(onFail),
  });
  return [
    item('CSV', none, async () => facts && save('csv', { text: csvOf(facts, questions, viewOf) })),
    item('SVG', few, async () => save('svg', { text: (await draw()).svg })),
    item('PNG', few, async () => save('png', { base64: await pngOf(await draw()) })),
  ];
}

function csvOf(facts: Facts, questions: readonly Question[], viewOf: Panel['viewOf']): string {
  const tables = questions.map((question) => ({ name: question.id, table: question.table(facts, viewOf(question)) }));
  const [only, ...others] = tables;
  return only && others.length === 0 ? tableCsv(only.table) : tablesCsv(tables);
}

async function pictureOf(facts: Facts, questions: readonly Question[], viewOf: Panel['viewOf'], charts: LazyCharts): Promise<Drawn> {
  const { chartSvg } = await charts();
  const font = getComputedStyle(document.body).fontFamily;
  const captioned: Captioned[] = [];
  for (const question of questions) {
    const drawings = question.drawings(facts, viewOf(question));
    const shares = drawings.reduce((sum, { grow }) => sum + grow, 0);
    const room = WIDTH - GAP * (drawings.length - 1);
    const drawn = await Promise.all(drawings.map(({ spec, grow }) => chartSvg(spec, Math.floor((room * grow) / shares), font)));
    captioned.push({ title: question.title(facts), subtitle: question.text, drawings: drawn.map(drawnOf) });
  }
  const look = { font, background: COLOUR.page, text: COLOUR.text, muted: COLOUR.muted };
  const picture = composed(captioned, look);
  return { ...picture, svg: inLiteralColours(picture.svg) };
}

/** Replaces every colour of the theme by what it is now. */
function inLiteralColours(svg: string): string {
  const probe = document.createElement('span');
  document.body.append(probe);
  const literal = withComputed(svg, (variable) => {
    probe.style.color = variable;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return literal;
}

/** A picture as the base64 of a PNG. */
async function pngOf({ svg, width, height }: Drawn): Promise<string> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width * SCALE, height * SCALE];
  const context = canvas.getContext('2d');
  if (!context) throw new Error(l10n.t('This window cannot draw pictures.'));
  context.scale(SCALE, SCALE);
  context.drawImage(image, 0, 0);
  return canvas.toDataURL('image/png').replace(/^data:image\/png;base64,/, '');
}
