// A whole agent for Tasktower on one page. It dials the tower's /agent WebSocket, speaks JSON-RPC 2.0 and counts lines.
// To make it yours, replace `countLines`. Needs Node 20 and `npm install ws`; start it in the folder that you have open.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, extname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import WebSocket from 'ws';

const HELLO = { protocol: 1, name: 'Node line counter', skills: ['count'], capacity: 1 };
const PACE = Number(process.env.TASKTOWER_EXAMPLE_PACE_MS ?? 0); // Between files, so that you can watch or cancel it.

// 1. Find the tower: the environment, else the address file of the window that has this folder open.
function findTower() {
  const { TASKTOWER_URL: url, TASKTOWER_TOKEN: token, TASKTOWER_HOME: home = join(homedir(), '.tasktower') } = process.env;
  if (url && token) return { url, token };
  const files = existsSync(join(home, 'towers')) ? readdirSync(join(home, 'towers')).filter((name) => name.endsWith('.json')) : [];
  const towers = files.map((name) => JSON.parse(readFileSync(join(home, 'towers', name), 'utf8')));
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const tower = towers.find(({ folders }) => folders.includes(folder));
    if (tower || folder === dirname(folder)) return tower;
  }
}

// 2. Connect, and connect again when the line is lost. The address may have changed, so it is looked up each time.
let socket, job; // The job is the attempt under way, with its reports that the tower has not acknowledged yet.
let lastId = 0;
const asked = new Map(); // What to do with the answer to each request of ours.

function connect() {
  const { url, token } = findTower() ?? {};
  if (!url) {
    console.error('No tower has this folder open. Open it in the editor.');
    return setTimeout(connect, 2000);
  }
  socket = new WebSocket(`${url.replace(/^http/, 'ws')}/agent`, { headers: { authorization: `Bearer ${token}` } });
  socket.on('open', () => request('agent/hello', { ...HELLO, resume: job ? [job.ref] : [] }, welcome));
  socket.on('message', (data) => receive(JSON.parse(data)));
  socket.on('error', (error) => console.error(error.message));
  // 4001: another agent took this name. Coming back would only throw that one out in turn.
  socket.on('close', (code) => (code === 4001 ? process.exit(1) : setTimeout(connect, 2000)));
}

const write = (message) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify({ jsonrpc: '2.0', ...message }));

function request(method, params, done) {
  asked.set(++lastId, done);
  write({ id: lastId, method, params });
}

function receive({ id, method, params, result, error }) {
  if (error) console.error(error.message);
  if (method === 'task/assign') {
    write({ id, result: job ? { accepted: false, reason: 'Busy with another task.' } : { accepted: true } });
    if (!job) void work(params);
  } else if (method) {
    if (method === 'task/cancel' && params.taskId === job?.ref.taskId) job.stop.abort();
    write({ id, result: {} });
  } else {
    asked.get(id)?.(result, error);
    asked.delete(id);
  }
}

// The tower goes on from the last report that it stored, or says that the attempt ended while we were away.
function welcome(hello) {
  if (!hello) return socket.close();
  console.error('Connected.');
  const mine = job;
  if (mine) acknowledge(mine, hello.resumed[0], hello.ended[0]);
  for (const item of mine?.unsaved ?? []) send(mine, item);
}

// 3. Report. Each report has the next number and is kept until it is acknowledged: nothing is lost or counted twice.
function report(mine, event) {
  const item = { ...mine.ref, seq: ++mine.seq, event };
  mine.unsaved.push(item);
  send(mine, item);
}

const send = (mine, item) => request('task/event', item, (result, error) => acknowledge(mine, result, error));

function acknowledge(mine, answer, ended) {
  mine.unsaved = ended ? [] : mine.unsaved.filter(({ seq }) => seq > answer.ackSeq);
  if (ended || answer.cancel) mine.stop.abort();
  if (job === mine && (ended || (mine.done && mine.unsaved.length === 0))) job = undefined; // Only now free for the next task.
}

// 4. Work. An attempt ends with exactly one of result, error and cancelled.
async function work({ taskId, attempt, title, prompt, folder = '.' }) {
  const mine = (job = { ref: { taskId, attempt }, seq: 0, unsaved: [], stop: new AbortController(), done: false });
  let end;
  try {
    end = { type: 'result', result: await countLines(mine, resolve(folder, /\bin (.+)/.exec(prompt || title)?.[1].trim() ?? '.')) };
  } catch (error) {
    end = mine.stop.signal.aborted ? { type: 'cancelled' } : { type: 'error', message: `${error.message}. Name a folder, then retry.` };
  }
  mine.done = true;
  if (job === mine) report(mine, end);
}

async function countLines(mine, folder) {
  const log = (level, ...texts) => report(mine, { type: 'log', lines: texts.map((text) => ({ level, text })) });
  const progress = (done, step) => report(mine, { type: 'progress', progress: done, step });
  progress(0, 'listing files');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  log('info', `${files.length} files in ${folder}`);
  const lines = {};
  const told = [];
  for (const [index, { name, parentPath }] of files.entries()) {
    await wait(PACE, undefined, { signal: mine.stop.signal }); // Lets a cancel in, and throws when there is one.
    const type = extname(name).slice(1) || '(none)';
    const count = readFileSync(join(parentPath, name)).filter((byte) => byte === 10).length; // As `wc -l` counts.
    lines[type] = (lines[type] ?? 0) + count;
    told.push(`${join(parentPath, name)}: ${count}`);
    const done = index + 1;
    if (told.length < 500 && done % Math.ceil(files.length / 10) > 0 && done < files.length) continue;
    log('debug', ...told.splice(0));
    progress(done / files.length, `${done} of ${files.length} files`);
  }
  const rows = Object.entries(lines).sort();
  const table = rows.map(([type, count]) => `${type} ${count}\n`).join('');
  report(mine, { type: 'evidence', evidence: { kind: 'text', name: 'lines by file type' }, text: table });
  progress(1, 'table written');
  return table;
}

connect();
