import assert from 'node:assert/strict';
import { roleFor, whyNotRun } from '../../../src/server/domain/commandRole';

const VIEWER = 'Viewers can watch. Ask an admin to make you an operator.';

describe('A command of the editor', () => {
  it('that changes something is not for viewers, and says why', () => {
    for (const command of ['createTask', 'cancelTask', 'retryFailed', 'pauseQueue', 'acceptPictures', 'deleteOld', 'startAgent'])
      assert.equal(whyNotRun({ role: 'viewer' }, `tasktower.${command}`), VIEWER);
  });

  it('that only looks is for everyone', () => {
    for (const command of ['showDetails', 'openLogs', 'copyId', 'logs.copy', 'exportHistory', 'connectTower'])
      for (const role of ['viewer', 'operator', 'admin'] as const) assert.equal(whyNotRun({ role }, `tasktower.${command}`), undefined);
  });

  it('about what agents run takes an admin', () => {
    assert.equal(roleFor('tasktower.stopAllAgents'), 'admin');
    assert.match(whyNotRun({ role: 'operator' }, 'tasktower.stopAllAgents') ?? '', /takes an admin/);
    assert.equal(whyNotRun({ role: 'operator' }, 'tasktower.cancelTask'), undefined);
    assert.equal(whyNotRun({ role: 'admin' }, 'tasktower.stopAllAgents'), undefined);
  });

  it('that nobody has sorted in yet is not for viewers', () => {
    assert.equal(whyNotRun({ role: 'viewer' }, 'tasktower.somethingNew'), VIEWER);
  });

  it('is for whoever has a tower of their own', () => {
    assert.equal(whyNotRun({}, 'tasktower.startAgent'), undefined);
  });

  it('opens no proof for who may not read it', () => {
    const person = { role: 'viewer', readsEvidence: false } as const;
    assert.match(whyNotRun(person, 'tasktower.downloadEvidence') ?? '', /may not open evidence/);
    assert.equal(whyNotRun({ ...person, readsEvidence: true }, 'tasktower.downloadEvidence'), undefined);
  });
});
