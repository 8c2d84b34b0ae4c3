import assert from 'node:assert/strict';
import { actualSize, centreOn, fits, fitScale, panBy, seenHeight, viewOf, zoomAt, type Zoom } from '../../../src/webviews/evidence/view';

const canvas = { width: 1280, height: 2400 };
const pane = { width: 640, height: 600 };

describe('The view of the stage', () => {
  it('fits the whole picture, and never enlarges it', () => {
    assert.equal(fitScale(canvas, pane), 0.25);
    assert.equal(fitScale({ width: 10, height: 10 }, pane), 1);
    assert.deepEqual(viewOf('fit', canvas, pane), { scale: 0.25, left: 160, top: 0 });
    assert.equal(fits(viewOf('fit', canvas, pane), canvas, pane), true);
  });

  it('keeps what is under the pointer there while zooming', () => {
    let zoom: Zoom = { scale: 1, x: 640, y: 1200 };
    const at = { x: 100, y: 450 };
    const under = (): number[] => {
      const { scale, left, top } = viewOf(zoom, canvas, pane);
      return [(at.x - left) / scale, (at.y - top) / scale].map(Math.round);
    };
    const before = under();
    for (const factor of [1.25, 1.25, 2, 0.7]) {
      zoom = zoomAt(zoom, canvas, pane, factor, at);
      assert.deepEqual(under(), before);
    }
  });

  it('stays between its smallest and largest scale', () => {
    assert.equal(viewOf(zoomAt('fit', canvas, pane, 1e9), canvas, pane).scale, 16);
    assert.equal(viewOf(zoomAt('fit', canvas, pane, 1e-9), canvas, pane).scale, 0.05);
    assert.equal(viewOf(actualSize('fit', canvas, pane), canvas, pane).scale, 1);
  });

  it('pans as far as there is more to see', () => {
    const zoom: Zoom = { scale: 1, x: 320, y: 300 };
    assert.deepEqual(viewOf(zoom, canvas, pane), { scale: 1, left: 0, top: 0 });
    assert.deepEqual(viewOf(panBy(zoom, canvas, pane, { x: 50, y: -120 }), canvas, pane), { scale: 1, left: 0, top: -120 });
    assert.deepEqual(viewOf(panBy(zoom, canvas, pane, { x: -9e9, y: -9e9 }), canvas, pane), { scale: 1, left: -640, top: -1800 });
    assert.equal(panBy('fit', canvas, pane, { x: 50, y: 50 }), 'fit');
  });

  it('shows an area in the middle at 40% of the pane, and at most at 400%', () => {
    assert.deepEqual(centreOn({ x: 100, y: 200, width: 320, height: 96 }, canvas, pane), { scale: 0.8, x: 260, y: 248 });
    assert.deepEqual(centreOn({ x: 0, y: 0, width: 2, height: 2 }, canvas, pane), { scale: 4, x: 1, y: 1 });
    assert.deepEqual(centreOn({ x: 0, y: 0, width: 1280, height: 2400 }, canvas, pane), { scale: 0.25, x: 640, y: 1200 });
  });

  it('tells which part of the height is seen', () => {
    assert.deepEqual(seenHeight({ scale: 1, left: 0, top: -1200 }, canvas, pane), { from: 0.5, to: 0.75 });
    assert.deepEqual(seenHeight(viewOf('fit', canvas, pane), canvas, pane), { from: 0, to: 1 });
  });
});
