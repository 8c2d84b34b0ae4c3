import assert from 'node:assert/strict';
import { PanelScene } from '../../support/panelScene';
import { panelStage } from '../../support/panelStage';

describe('The verdicts of the Evidence panel', function () {
  this.timeout(60_000);
  const stage = panelStage();

  it('accepts at once, goes on to the next picture, and undoes', async () => {
    const panel = await stage.open();
    await panel.press('a');
    await panel.see('Accepted login@1280x800.');
    assert.equal(await panel.title(), 'cart@1280x800');
    await panel.press('u');
    await panel.see('Undone. login@1280x800 has no verdict.');
    assert.equal(await panel.title(), 'login@1280x800');
    const { id } = panel.task;
    const judged = { type: 'JudgeEvidence', taskId: id, attempt: 2, evidenceIds: ['piece-3'] };
    assert.deepEqual(panel.commands, [
      { ...judged, verdict: 'accepted' },
      { ...judged, verdict: 'unreviewed' },
    ]);
  });

  it('rejects with a note, and asks before it rejects without one', async () => {
    const panel = await stage.open();
    await panel.press('r');
    await panel.button('Reject Without Note').waitFor();
    await panel.page.keyboard.type('The button is too wide. arjk');
    assert.equal(await panel.button('Reject Without Note').count(), 0);
    await panel.press('Enter');
    await panel.see('Rejected login@1280x800. Your note goes into the next attempt.');
    await panel.press('k');
    await panel.see(/^Rejected by you/);
    assert.equal(await panel.title(), 'login@1280x800');
    assert.deepEqual(panel.commands, [
      {
        type: 'JudgeEvidence',
        taskId: panel.task.id,
        attempt: 2,
        evidenceIds: ['piece-3'],
        verdict: 'rejected',
        note: 'The button is too wide. arjk',
      },
    ]);
    await panel.press('j', 'r', 'Escape', 'r', 'Enter');
    await panel.see('Rejected cart@1280x800.');
    assert.deepEqual(panel.commands[1], {
      type: 'JudgeEvidence',
      taskId: panel.task.id,
      attempt: 2,
      evidenceIds: ['piece-4'],
      verdict: 'rejected',
    });
    await panel.press('k', 'a');
    await panel.see('cart@1280x800 is rejected already.');
    await panel.press('u');
    await panel.see('Undone. cart@1280x800 has no verdict.');
  });

  it('ends the review with the last verdict, and retries with the notes', async () => {
    const panel = await stage.open();
    await panel.press('r');
    await panel.page.keyboard.type('Too wide.');
    await panel.press('Enter');
    await panel.see(/^Rejected login/);
    await panel.button('More actions').click();
    await panel.page.getByRole('menuitem', { name: 'Accept All 3...' }).click();
    await panel.see('Accept 2 changed and 1 new pictures as baselines? They are written to .tasktower/baselines.');
    await panel.button('Accept 3').click();
    await panel.see('Accepted 3 pictures.');
    await panel.page.getByRole('treeitem', { name: 'broken' }).click();
    await panel.press('a');
    await panel.see('All 5 reviewed: 4 accepted, 1 rejected.');
    assert.equal(panel.task.status, 'failed');
    await panel.button('Next That Needs Me').click();
    await panel.button('Retry with Notes').click();
    await panel.see('#12 Audit the login page is tried again, with your notes.');
    assert.deepEqual(panel.commands.at(-1), { type: 'RetryTask', taskId: panel.task.id, note: 'login@1280x800: Too wide.' });
    assert.deepEqual(
      panel.told.filter(({ method }) => method === 'panel/open').map(({ params }) => params.what),
      ['next'],
    );
  });

  it('signs off a task whose pictures show nothing new', async () => {
    const scene = new PanelScene('Write the report', { requires: ['signoff'] });
    const attempt = scene.start();
    scene.picture(attempt, 'login', stage.pictures.login, stage.pictures.login);
    scene.finish(attempt);
    const panel = await stage.open(scene);
    await panel.button('Sign Off').click();
    await panel.see('#12 Write the report is accepted.');
    assert.deepEqual(panel.commands, [{ type: 'SignOff', taskId: panel.task.id, verdict: 'accepted' }]);
    assert.equal(await panel.button('Sign Off').count(), 0);
  });

  it('keeps the note and says why when the tower refuses', async () => {
    const panel = await stage.open();
    panel.refusal = 'Attempt 2 of #12 has no such evidence.';
    await panel.press('r');
    await panel.page.keyboard.type('Look here');
    await panel.press('Enter');
    await panel.see('Attempt 2 of #12 has no such evidence.');
    assert.equal(await panel.page.getByRole('textbox').inputValue(), 'Look here');
    assert.equal(await panel.title(), 'login@1280x800');
  });

  it('compares two attempts, without a verdict and without a diff', async () => {
    const panel = await stage.open();
    await panel.page.getByRole('combobox', { name: 'Compared with' }).selectOption('1');
    await panel.see('Diff is made against the baseline.');
    await panel.see('A verdict is given against the baseline.');
    assert.deepEqual(await panel.page.getByRole('radio').allTextContents(), ['Side', 'Slider', 'Onion', 'Blink']);
    assert.match((await panel.labels()).join(' '), /^Attempt 1, .* Attempt 2, /);
    await panel.button('Swap Sides').click();
    assert.match((await panel.labels()).join(' '), /^Attempt 2, .* Attempt 1, /);
    await panel.press('a');
    assert.deepEqual(panel.commands, []);
    await panel.button('Compare with Baseline').first().click();
    assert.equal(await panel.page.getByRole('radio').count(), 5);
  });

  it("are not a viewer's to give, by mouse or by key", async () => {
    const why = 'Viewers can watch. Ask an admin to make you an operator.';
    const panel = await stage.open();
    await panel.tell('panel/you', { name: 'vera', role: 'viewer' });
    for (const name of [/^Accept\b/, /^Reject\b/]) {
      const button = panel.page.locator('.verdict-bar').getByRole('button', { name });
      await panel.page.locator(`.verdict-bar .button[title="${why}"]`).first().waitFor();
      assert.equal(await button.getAttribute('aria-disabled'), 'true');
      await button.click({ force: true });
    }
    for (const key of ['a', 'r', 'u']) {
      await panel.press(key);
      await panel.see(why);
    }
    assert.equal(await panel.page.locator('.note').getAttribute('readonly'), '');
    await panel.button('More actions').click();
    assert.equal(await panel.page.getByRole('menuitem', { name: /^Accept All/ }).getAttribute('title'), why);
    await panel.press('Escape');
    assert.equal(await panel.button('Save Bundle').getAttribute('aria-disabled'), 'false');
    await panel.tell('panel/you', { name: 'vera', role: 'viewer', readsEvidence: false });
    await panel.page.locator('[aria-label="Save Bundle"][title^="Your role may not open evidence"]').waitFor();
    assert.deepEqual(panel.commands, []);
  });

  it('undo nothing of the task that was shown before', async () => {
    const panel = await stage.open();
    await panel.press('a');
    await panel.see('Accepted login@1280x800.');
    const { bench } = panel.scene;
    const other = bench.create('Quite another task');
    bench.run(other, 'browser');
    panel.scene.proof = () => ({ task: bench.task(other.id), pieces: [], baselines: {}, trend: {} });
    await panel.tell('panel/show', { ...panel.showing(), taskId: other.id });
    await panel.see(/Quite another task/);
    await panel.press('u');
    await panel.see('There is no verdict to undo.');
    assert.equal(panel.commands.length, 1);
  });
});
