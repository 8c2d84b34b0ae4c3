import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { addTeam } from './team';
import { keysOf } from './towerClient';

/** `dist/team/serve.js` in a process of its own, with a person of each role. */
export class TeamServe {
  /** For programs of this machine. */
  url = '';
  /** For everyone else. */
  openUrl = '';
  log = '';
  private child: ChildProcess | undefined;

  private constructor(
    readonly home: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** @param home an empty folder. @param options more of the command line. @param env more of the environment. */
  static async start(home: string, options: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<TeamServe> {
    const tower = new TeamServe(home, env);
    await addTeam(tower.storage);
    await tower.restart(options);
    return tower;
  }

  async restart(options: readonly string[] = []): Promise<void> {
    const args = [resolve('dist/team/serve.js'), '--storage', this.storage, '--folder', this.home, ...options];
    const env = { ...process.env, ...this.env, TASKTOWER_HOME: join(this.home, 'tasktower') };
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.child = child;
    child.stderr.on('data', (chunk: Buffer) => (this.log += chunk.toString()));
    const first = await Promise.race([once(createInterface(child.stdout), 'line'), once(child, 'exit').then(() => undefined)]);
    if (!first) throw new Error(`The tower ended before it listened:\n${this.log}`);
    const { url, open } = JSON.parse(String(first[0])) as { url: string; open: string };
    this.url = url;
    this.openUrl = open;
  }

  get storage(): string {
    return join(this.home, 'storage');
  }

  get keys(): ReturnType<typeof keysOf> {
    return keysOf(this.storage);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
}

/** Makes a certificate authority of our own and a certificate of it for this machine, with OpenSSL. @returns the paths of PEM files. */
export function makeCertificate(folder: string): { ca: string; cert: string; key: string } {
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...curve, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', '2', '-subj', '/CN=Test CA');
  openssl('req', ...curve, '-keyout', at('tower.key'), '-out', at('tower.csr'), '-subj', '/CN=localhost');
  writeFileSync(at('tower.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1');
  const signing = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2', '-extfile', at('tower.ext')];
  openssl('x509', '-req', '-in', at('tower.csr'), '-out', at('tower.pem'), ...signing);
  return { ca: at('ca.pem'), cert: at('tower.pem'), key: at('tower.key') };
}
