import { randomUUID } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { basename, extname } from 'node:path';
import * as z from 'zod';
import { errorText } from '../base/errors';
import { LineSplitter } from '../base/lineSplitter';
import { EvidenceKind } from '../domain/evidence';
import { LogLevel, type SentLine } from '../domain/report';
import { ErrorKind } from '../domain/task';
import { oneOf, readArguments, share, taskPath, taskRef } from './arguments';
import { say, warn, type Command } from './command';
import { Connection, REPORT_PATIENCE } from './connection';
import { Exit, wrongUsage } from './failure';
import { guessEvidence } from './guessEvidence';

const Answer = z.object({ cancel: z.boolean() });
const Added = z.object({ evidenceId: z.string() });
const task = { task: { type: 'string', short: 't' } } as const;
const TASK_HELP = '  -t, --task #12      the task; without it TASKTOWER_TASK_ID of the environment';
/** Lines of standard input that go out together. */
const BATCH = 200;

/** The task that is reported on, by option or environment. */
function reported(option: string | undefined): { ref: string; attempt?: number } {
  if (option !== undefined) return { ref: taskRef(option) };
  const { TASKTOWER_TASK_ID: id, TASKTOWER_ATTEMPT: attempt } = process.env;
  if (!id) throw wrongUsage('Say which task: --task #12, or set TASKTOWER_TASK_ID.');
  return { ref: taskRef(id), ...(Number(attempt) > 0 ? { attempt: Number(attempt) } : {}) };
}

/** Sends a report until it is stored. @returns true when the work is to stop. */
async function report(option: string | undefined, verb: string, body: Record<string, unknown>): Promise<boolean> {
  const { ref, ...named } = reported(option);
  const connection = Connection.open();
  const question = { method: 'POST', path: taskPath(ref, verb), body: { ...named, ...body } } as const;
  return (await connection.ask(Answer, { ...question, key: randomUUID(), patience: REPORT_PATIENCE })).cancel;
}

function stopped(cancel: boolean): number {
  if (!cancel) return Exit.ok;
  warn('the task was cancelled, or has ended: stop working on it.');
  return Exit.cancelled;
}

const progress: Command = {
  usage: '<0..1 | n%> [step…]',
  about: 'reports how far a task is',
  help: `${TASK_HELP}\n\nExit code 5 says that the task was cancelled.`,
  async run(args) {
    const { values, positionals } = readArguments(args, task);
    const [word, ...step] = positionals;
    if (word === undefined) throw wrongUsage('Say how far it is, such as 40%.');
    const body = { progress: share(word), ...(step.length > 0 ? { step: step.join(' ') } : {}) };
    return stopped(await report(values.task, 'progress', body));
  },
};

const log: Command = {
  usage: '[text…]',
  about: 'adds log lines to a task; without text, those of standard input',
  help: `${TASK_HELP}\n  -l, --level LEVEL   ${LogLevel.options.join(', ')}\n\nExit code 5 says that the task was cancelled.`,
  async run(args) {
    const { values, positionals } = readArguments(args, { ...task, level: { type: 'string', short: 'l' } });
    const level = oneOf(LogLevel.options, values.level ?? 'info', 'The level');
    reported(values.task);
    const send = (lines: SentLine[]): Promise<boolean> => report(values.task, 'logs', { lines });
    if (positionals.length > 0) return stopped(await send([{ text: positionals.join(' '), level }]));
    let lines: SentLine[] = [];
    let cancel = false;
    const splitter = new LineSplitter((text) => lines.push({ text, level, at: Date.now() }));
    for await (const chunk of process.stdin) {
      splitter.push(chunk as Buffer);
      for (; lines.length > 0 && !cancel; lines = lines.slice(BATCH)) cancel = await send(lines.slice(0, BATCH));
      if (cancel) break;
    }
    splitter.end();
    if (lines.length > 0 && !cancel) cancel = await send(lines);
    return stopped(cancel);
  },
};

const evidence: Command = {
  usage: '<file>',
  about: 'hands in a file as proof of a task',
  help: [
    TASK_HELP,
    `  -k, --kind KIND     ${EvidenceKind.options.join(', ')}; by default what the file's name says`,
    '  -n, --name NAME     what it is called in the tower; by default the name of the file',
    '      --viewport WxH  of a screenshot, CSS pixels, such as 1280x800',
    '      --about TEXT    what it shows',
  ].join('\n'),
  async run(args) {
    const text = { type: 'string' } as const;
    const options = { ...task, kind: { ...text, short: 'k' }, name: { ...text, short: 'n' }, viewport: text, about: text };
    const { values, positionals } = readArguments(args, options);
    const [path, more] = positionals;
    if (path === undefined || more !== undefined) throw wrongUsage('Name one file.');
    if (values.viewport !== undefined && !/^\d{1,5}x\d{1,5}$/.test(values.viewport)) throw wrongUsage('Say the viewport as 1280x800.');
    const { ref, attempt } = reported(values.task);
    const guess = guessEvidence(path);
    const kind = values.kind === undefined ? guess.kind : oneOf(EvidenceKind.options, values.kind, 'The kind');
    const isPicture = kind === 'screenshot' || kind === 'image';
    const query = new URLSearchParams({ kind, name: values.name ?? basename(path, isPicture ? extname(path) : '') });
    if (attempt !== undefined) query.set('attempt', String(attempt));
    if (values.viewport !== undefined) query.set('viewport', values.viewport);
    if (values.about !== undefined) query.set('description', values.about);
    const body = await fileOf(path, guess.mime);
    const question = { method: 'POST', path: `${taskPath(ref, 'evidence')}?${query.toString()}`, body } as const;
    const { evidenceId } = await Connection.open().ask(Added, { ...question, key: randomUUID(), patience: REPORT_PATIENCE });
    say(evidenceId);
    return Exit.ok;
  },
};

async function fileOf(path: string, type: string): Promise<Blob> {
  try {
    return await openAsBlob(path, { type });
  } catch (error) {
    throw wrongUsage(`${path} cannot be read: ${errorText(error)}.`);
  }
}

const done: Command = {
  usage: '[result…]',
  about: 'reports that a task is done',
  help: TASK_HELP,
  async run(args) {
    const { values, positionals } = readArguments(args, task);
    await report(values.task, 'result', { result: positionals.join(' ') });
    return Exit.ok;
  },
};

const fail: Command = {
  usage: '<message…>',
  about: 'reports that a task has failed',
  help: `${TASK_HELP}\n  -k, --kind KIND     ${ErrorKind.options.join(', ')}`,
  async run(args) {
    const { values, positionals } = readArguments(args, { ...task, kind: { type: 'string', short: 'k' } });
    if (positionals.length === 0) throw wrongUsage('Say what went wrong.');
    const kind = oneOf(ErrorKind.options, values.kind ?? 'agent_error', 'The kind');
    await report(values.task, 'error', { message: positionals.join(' '), kind });
    return Exit.ok;
  },
};

/** What a program says of a task it works on. */
export const reportCommands = { progress, log, evidence, done, fail };
