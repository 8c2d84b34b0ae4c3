import * as l10n from '@vscode/l10n';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { Button } from '../kit/button';
import { Icon } from '../kit/icon';
import { Menu } from '../kit/menu';
import { ChartView } from './chartView';
import { taskCount, type Facts } from './facts';
import { exportItems, type Exporter } from './exporter';
import type { Question } from './question';
import { MIN_RATE } from './sample';
import { HeardTable, TableView } from './tableView';
import { Switch } from './switch';
import type { Panel } from './usePanel';

interface FigureProps {
  panel: Panel;
  question: Question;
  exporter: Exporter;
}

const SHAPES = [
  { key: 'chart', text: l10n.t('Chart') },
  { key: 'table', text: l10n.t('Table') },
] as const;

/** One question with its answer, as chart or table. */
export function Figure({ panel, question, exporter }: FigureProps) {
  const { facts, figures } = panel;
  const answer = useMemo(() => (facts ? attempt(() => question.title(facts)) : undefined), [facts, question]);
  if (!facts || answer === undefined)
    return (
      <FigureFrame question={question} title={question.text}>
        {figures.error !== undefined || facts ? <Failed panel={panel} error={figures.error} /> : <div class="outline" />}
      </FigureFrame>
    );
  return <Answered panel={panel} question={question} exporter={exporter} facts={facts} title={answer} />;
}

function Answered({ panel, question, exporter, facts, title }: FigureProps & { facts: Facts; title: string }) {
  const { kept, keep, openTasks, viewOf } = panel;
  const { id, views } = question;
  const [error, setError] = useState<string>();
  const view = viewOf(question);
  const hasChart = taskCount(facts) >= MIN_RATE;
  const isTable = !hasChart || kept.tables.includes(id);
  const table = useMemo(() => attempt(() => question.table(facts, view)), [question, facts, view]);
  const drawings = useMemo(() => (isTable ? undefined : attempt(() => question.drawings(facts, view))), [question, facts, view, isTable]);
  const note = isTable ? undefined : question.note?.(facts, view);
  useEffect(() => setError(undefined), [facts, view, isTable]);
  const show = (shape: 'chart' | 'table'): void =>
    keep({ tables: [...kept.tables.filter((other) => other !== id), ...(shape === 'table' ? [id] : [])] });
  return (
    <FigureFrame question={question} title={title}>
      <div class="figure-tools">
        {views ? (
          <Switch
            label={l10n.t('View of: {0}', question.text)}
            options={views}
            current={view}
            onChange={(key) => keep({ views: { ...kept.views, [id]: key } })}
          />
        ) : null}
        {hasChart ? (
          <Switch label={l10n.t('Shape of: {0}', question.text)} options={SHAPES} current={isTable ? 'table' : 'chart'} onChange={show} />
        ) : null}
        <Menu icon="export" label={l10n.t('Export: {0}', question.text)} items={exportItems(panel, exporter, [question], id)} />
      </div>
      {!table || error !== undefined || (!isTable && !drawings) ? (
        <Failed panel={panel} error={error} />
      ) : isTable ? (
        <TableView title={title} table={table} onOpen={openTasks} />
      ) : (
        <div class="drawings">
          {drawings?.map(({ key, spec, grow }) => (
            <ChartView
              key={key}
              spec={spec}
              grow={grow}
              charts={exporter.charts}
              onOpen={openTasks}
              onFail={(reason) => setError(String(reason))}
            />
          ))}
          <HeardTable title={title} table={table} />
        </div>
      )}
      {note === undefined || error !== undefined ? null : <p class="note quiet">{note}</p>}
    </FigureFrame>
  );
}

function FigureFrame({ question, title, children }: { question: Question; title: string; children: ComponentChildren }) {
  const name = `title-${question.id}`;
  return (
    <figure class="figure" id={`figure-${question.id}`} aria-labelledby={name}>
      <figcaption>
        <h3 id={name} title={title}>
          {title}
        </h3>
        {title === question.text ? null : <p class="quiet">{question.text}</p>}
      </figcaption>
      {children}
    </figure>
  );
}

function Failed({ panel, error }: { panel: Panel; error: string | undefined }) {
  return (
    <div class="failed" role="alert" title={error}>
      <Icon name="error" tone="bad" />
      <span>{l10n.t('This chart could not be computed.')}</span>
      <Button onClick={() => panel.store.tell('panel/open', { what: 'log', taskId: '' })}>{l10n.t('Show Log')}</Button>
    </div>
  );
}

/** Figures that nobody expected must not take the other charts with them. */
function attempt<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch {
    return undefined;
  }
}
