import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ensurePackages, env24, node24, root, run, start, stop } from './node24.mjs';

/** Opens the sample workspace with Tasktower, a Browser agent connected and a first task queued. */
ensurePackages();
const { ensureChromium } = await import('./chromium.mjs');
const { freePort, installExtension, startEditor } = await import('./editor.mjs');
const chromium = ensureChromium();
run(node24, ['esbuild.mjs']);

const home = join(tmpdir(), `tasktower-start-${process.getuid?.() ?? 0}`);
const workspace = join(home, 'bakery');
const towers = process.env.TASKTOWER_HOME ?? join(homedir(), '.tasktower');
mkdirSync(home, { recursive: true, mode: 0o700 });
if (!existsSync(workspace)) cpSync(join(root, 'examples', 'workspace'), workspace, { recursive: true });

const children = [];
const desktop = findOnPath('code');
if (desktop) {
  children.push(
    start(desktop, ['--new-window', '--wait', '--disable-workspace-trust', `--extensionDevelopmentPath=${root}`, workspace], {
      stdio: 'ignore',
    }),
  );
  console.log('\nVS Code opens with Tasktower.');
} else {
  run('npm', ['run', '--silent', 'package']);
  const [data, extensions] = [join(home, 'data'), join(home, 'extensions')];
  rmSync(extensions, { recursive: true, force: true });
  installExtension({ vsix: join(root, 'dist', 'tasktower.vsix'), data, extensions });
  const editor = await startEditor({ port: await freePort(8123), data, extensions });
  children.push(editor.child);
  console.log(`\nOpen Tasktower in your browser:\n\n  ${editor.url}/?folder=${workspace}\n`);
}
children.push(startBrowserAgent());
const address = await towerOf(workspace);
await queueFirstTask(address);
console.log('Ctrl+C stops everything.');

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void end(0));
children[0].once('exit', () => void end(0));

async function end(code) {
  await Promise.all(children.map(stop));
  process.exit(code);
}

/** The agent of `examples/agents/browser`; it finds the tower by the folder it runs in, and waits for it. */
function startBrowserAgent() {
  const agent = join(root, 'examples', 'agents', 'browser', 'agent.mjs');
  return start(node24, [agent], { cwd: workspace, stdio: 'ignore', env: { ...env24, CHROMIUM_PATH: chromium } });
}

/** The address of the tower that holds the folder; it appears when the window is open. */
async function towerOf(folder) {
  for (;;) {
    const found = existsSync(join(towers, 'towers')) ? readdirSync(join(towers, 'towers')) : [];
    for (const name of found.filter((file) => file.endsWith('.json'))) {
      try {
        const address = JSON.parse(readFileSync(join(towers, 'towers', name), 'utf8'));
        if (address.folders.includes(folder) && (await fetch(`${address.url}/api/health`).then((answer) => answer.ok))) return address;
      } catch {
        // Half written, or of a tower that is gone: the next look tells.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Queues the task a newcomer sees first, unless there are tasks already. */
async function queueFirstTask({ url, token }) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const { total } = await fetch(`${url}/api/tasks?limit=1`, { headers }).then((answer) => answer.json());
  if (total > 0) return;
  const task = {
    title: 'Audit the bakery site',
    prompt: 'Open index.html and login.html. Check accessibility and speed, and hand in a screenshot of each.',
    skills: ['browser'],
    requires: ['screenshot'],
  };
  const answer = await fetch(`${url}/api/tasks`, { method: 'POST', headers, body: JSON.stringify(task) });
  const created = await answer.json();
  console.log(answer.ok ? `Queued #${created.number} ${created.title}.` : `The first task was not queued: ${created.detail}`);
}

function findOnPath(name) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(existsSync);
}
