import assert from 'node:assert/strict';
import type { Comparison } from '../../../src/server/domain/comparison';
import { modelOf, placeOf } from '../../../src/webviews/evidence/panelModel';
import { FIRST_STATE, restoredState, stateFor } from '../../../src/webviews/evidence/panelState';
import { proofLine } from '../../../src/webviews/evidence/proofLine';
import { acceptAll, acceptAllText, nextOpen, retryCommand, reviewText } from '../../../src/webviews/evidence/review';
import { noticesOf, stageText, stateText } from '../../../src/webviews/evidence/stageTexts';
import { baselineOf, PanelScene } from '../../support/panelScene';

const sha = (n: number): string => String(n).padStart(64, '0');
const compared = (rest: Partial<Comparison>): Comparison => ({
  state: 'changed',
  changed: 10,
  ratio: 0.023,
  areas: [
    { x: 412, y: 180, width: 320, height: 96, pixels: 9 },
    { x: 1, y: 900, width: 2, height: 2, pixels: 1 },
  ],
  width: 1280,
  height: 800,
  ignore: [],
  baseline: sha(1),
  diff: sha(99),
  ...rest,
});

/** A task whose attempt has a changed, a new, an equal and an unreadable picture. */
function scene(requires: string[] = ['screenshot', 'tests:pass', 'signoff']): PanelScene {
  const scene = new PanelScene('Audit the login page', { requires });
  const attempt = scene.start();
  scene.comparedPicture(attempt, 'same', sha(5), compared({ state: 'equal', changed: 0, ratio: 0, areas: [], baseline: sha(5) }));
  scene.comparedPicture(attempt, 'menu', sha(3), {
    ...compared({ state: 'new', ratio: 0, areas: [] }),
    baseline: undefined,
    diff: undefined,
  });
  scene.comparedPicture(attempt, 'login', sha(2), compared({}));
  scene.comparedPicture(attempt, 'broken', sha(4), compared({ state: 'unreadable', areas: [], ratio: 0, message: 'truncated PNG' }));
  scene.baselines['login@1280x800'] = baselineOf('login@1280x800', sha(1));
  scene.baselines['gone@1280x800'] = baselineOf('gone@1280x800', sha(6));
  return scene;
}
const model = (one: PanelScene, state = {}) => modelOf(one.proof(), { ...FIRST_STATE, ...state }, 1200);

describe('What the Evidence panel shows', () => {
  it('are the pictures in the order of their groups, each beside its baseline', () => {
    const { pictures } = model(scene());
    assert.deepEqual(
      pictures.map(({ group, label }) => `${group} ${label}`),
      ['changed login@1280x800', 'new menu@1280x800', 'removed gone@1280x800', 'failed broken@1280x800', 'unchanged same@1280x800'],
    );
    assert.deepEqual(pictures[0]?.left, { sha256: sha(1), source: 'baseline', baseline: baselineOf('login@1280x800', sha(1)) });
    assert.equal(pictures[1]?.left, undefined);
  });

  it('shows what a picture was compared with also after it has become the baseline itself', () => {
    const one = scene();
    one.bench.do({ type: 'JudgeEvidence', taskId: one.task.id, attempt: 1, evidenceIds: ['piece-3'], verdict: 'accepted' });
    one.baselines['login@1280x800'] = baselineOf('login@1280x800', sha(2));
    const [login] = model(one).pictures;
    assert.equal(login?.group, 'changed');
    assert.deepEqual(login?.left, { sha256: sha(1), source: 'baseline', baseline: undefined });
  });

  it('starts at the first picture without a verdict, side by side where there is room', () => {
    const one = scene();
    assert.equal(model(one).picture?.name, 'login');
    assert.equal(model(one).mode, 'side');
    assert.equal(modelOf(one.proof(), FIRST_STATE, 800).mode, 'slider');
    assert.equal(modelOf(one.proof(), { ...FIRST_STATE, mode: 'side' }, 800).mode, 'side');
    assert.deepEqual(model(one, { picture: 'piece-2' }).modes, []);
    assert.deepEqual(placeOf(one.proof(), 'piece-4').picture, 'piece-4');
  });

  it('compares two attempts by name, without a diff', () => {
    const one = scene();
    one.bench.do({ type: 'ReportError', taskId: one.task.id, attempt: 1, kind: 'refused', message: 'No.' });
    one.bench.do({ type: 'RetryTask', taskId: one.task.id });
    const second = one.start();
    one.comparedPicture(second, 'login', sha(7), compared({}));
    one.comparedPicture(second, 'menu', sha(3), compared({}));
    const { pictures, modes, against } = model(one, { attempt: 2, against: 1 });
    assert.equal(against, 1);
    assert.deepEqual(
      pictures.map(({ group, name }) => `${group} ${name}`),
      ['changed login', 'removed same', 'removed broken', 'unchanged menu'],
    );
    assert.equal(modes.includes('diff'), false);
    assert.equal(model(one, { attempt: 2, against: 2 }).against, 'baseline');
    assert.equal(model(one, { attempt: 99 }).attempt?.n, 2);
  });

  it('says each thing in a plain sentence', () => {
    const { pictures } = model(scene());
    const said = pictures.map((picture) => [
      stateText(picture, 'baseline'),
      ...noticesOf(picture, 1, 'baseline', true).map(({ text }) => text),
    ]);
    assert.deepEqual(said, [
      ['2.3% changed · 2 areas'],
      ['new', 'First picture of this name. Nothing to compare with.'],
      ['removed', 'Attempt 1 handed in no picture of this name. The baseline stays as it is.'],
      ['not compared', 'This picture cannot be read: truncated PNG.'],
      ['unchanged', 'Nothing new: identical to the baseline.'],
    ]);
    const [login] = pictures;
    assert.ok(login);
    assert.equal(
      stageText(login, 'baseline'),
      'login@1280x800, changed 2.3 percent in 2 areas, largest at x 412, y 180, 320 by 96 pixels.',
    );
    const longer = {
      ...login,
      comparison: compared({ sizeChanged: { from: { width: 1280, height: 800 }, to: { width: 1280, height: 824 } } }),
    };
    assert.deepEqual(
      noticesOf(longer, 1, 'baseline', true).map(({ text }) => text),
      ['Size changed 1280x800 to 1280x824. Compared on the larger canvas.'],
    );
  });

  it('knows what is left to decide, and what comes next', () => {
    const one = scene();
    const { pictures, review } = model(one);
    assert.deepEqual(
      review.open.map(({ name }) => name),
      ['login', 'menu', 'broken'],
    );
    assert.equal(reviewText(review), undefined);
    assert.equal(nextOpen(pictures, 'piece-3')?.name, 'menu');
    assert.equal(nextOpen(pictures, 'piece-4')?.name, 'login');
    assert.deepEqual(acceptAll(pictures), { changed: 1, fresh: 1, evidenceIds: ['piece-3', 'piece-2'] });
    assert.equal(
      acceptAllText({ changed: 3, fresh: 1 }),
      'Accept 3 changed and 1 new pictures as baselines? They are written to .tasktower/baselines.',
    );
    assert.equal(acceptAllText({ changed: 0, fresh: 1 }), 'Accept 1 new picture as baseline? It is written to .tasktower/baselines.');
  });

  it('sums up a review that is done, and gives the notes to the next attempt', () => {
    const one = scene(['signoff']);
    one.finish(1);
    const judge = (evidenceIds: string[], verdict: 'accepted' | 'rejected', note?: string) =>
      one.bench.do({ type: 'JudgeEvidence', taskId: one.task.id, attempt: 1, evidenceIds, verdict, ...(note ? { note } : {}) });
    judge(['piece-3'], 'rejected', 'Too wide.');
    assert.equal(retryCommand(one.proof().task, model(one).pictures), undefined);
    judge(['piece-2', 'piece-4'], 'accepted');
    const { review, pictures, proof } = model(one);
    assert.equal(reviewText(review), 'All 3 reviewed: 2 accepted, 1 rejected.');
    assert.deepEqual(retryCommand(proof.task, pictures), { type: 'RetryTask', taskId: one.task.id, note: 'login@1280x800: Too wide.' });
  });

  it('lists how each requirement stands', () => {
    const one = scene(['screenshot', 'tests:pass', 'diff:login<=1%', 'metric:accessibility>=90', 'patch', 'signoff']);
    const texts = () =>
      proofLine(one.proof().task, one.proof().task.attempts[0]).map(({ state, text, tab }) => `${state} ${text} (${tab})`);
    assert.deepEqual(texts(), [
      'met screenshot (pictures)',
      'failed tests: missing (metrics)',
      'failed diff:login<=1%: login@1280x800 changed 2.3%, more than 1% (pictures)',
      'failed accessibility >= 90: missing (metrics)',
      'failed patch: missing (files)',
      'open sign-off: after the work (verdict)',
    ]);
  });

  it('is kept over a reload as far as it can be used, and begins anew for another task', () => {
    assert.deepEqual(restoredState(null), FIRST_STATE);
    assert.deepEqual(restoredState({ picture: 7, opacity: 'x', notes: 'no', unknown: 1, split: 20 }), { ...FIRST_STATE, split: 20 });
    const state = { ...FIRST_STATE, taskId: 'a', picture: 'p', mode: 'diff' as const, notes: { p: 'draft' } };
    assert.equal(stateFor(state, 'a'), state);
    assert.deepEqual(stateFor(state, 'b'), { ...FIRST_STATE, taskId: 'b', mode: 'diff' });
  });
});
