import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as z from 'zod';
import { AgentConfig } from '../../../src/server/domain/agent';

const WORKSPACE = resolve('examples/workspace');
const Settings = z.looseObject({ 'tasktower.agents': z.array(AgentConfig) });

describe('the sample workspace', () => {
  const settings = Settings.parse(JSON.parse(readFileSync(resolve(WORKSPACE, '.vscode/settings.json'), 'utf8')));

  /** Runs a configured agent as the process driver does: its command, with the prompt in place. */
  const run = (name: string, prompt: string): { status: number | null; stdout: string; stderr: string } => {
    const agent = settings['tasktower.agents'].find((config) => config.name === name);
    const [program = '', ...args] = (agent?.command ?? []).map((word) => word.replace('{prompt}', prompt));
    assert.equal(program, 'node');
    return spawnSync(process.execPath, args, { cwd: WORKSPACE, encoding: 'utf8' });
  };

  it('has a Line counter that counts', () => {
    const { status, stdout } = run('Line counter', 'Count the lines of each file type in images');
    const wc = spawnSync('sh', ['-c', 'cat images/*.svg | wc -l'], { cwd: WORKSPACE, encoding: 'utf8' });
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(`^svg ${wc.stdout.trim()}$`, 'm'));
  });

  it('has a Line counter that says what to do when the folder is missing', () => {
    const { status, stderr } = run('Line counter', 'Count the lines in nowhere');
    assert.equal(status, 1);
    assert.match(stderr, /^nowhere cannot be counted \(ENOENT\)\. Name a folder/);
  });

  it('has a Link checker that finds the page that is missing on purpose', () => {
    const { status, stderr } = run('Link checker', 'Check the links of index.html');
    assert.equal(status, 1);
    assert.equal(stderr.trim(), 'index.html: allergens.html is missing');
    assert.equal(run('Link checker', 'Check login.html').status, 0);
  });
});
