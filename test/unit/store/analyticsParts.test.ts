import assert from 'node:assert/strict';
import { csvText } from '../../../src/server/domain/csv';
import { nearestRank } from '../../../src/server/store/analyticsTally';
import { agentTime, splitTime } from '../../../src/server/store/analyticsTime';

describe('A percentile by nearest rank', () => {
  const upTo = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);

  it('is a value that is there', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 20, 21, 100, 101].map((n) => [nearestRank(upTo(n), 50), nearestRank(upTo(n), 95)]),
      [
        [1, 1],
        [1, 2],
        [2, 3],
        [2, 4],
        [10, 19],
        [11, 20],
        [50, 95],
        [51, 96],
      ],
    );
    // The example of https://en.wikipedia.org/wiki/Percentile#Worked_examples_of_the_nearest-rank_method
    assert.deepEqual(
      [5, 30, 40, 50, 100].map((percent) => nearestRank([15, 20, 35, 40, 50], percent)),
      [15, 20, 20, 35, 50],
    );
  });

  it('is none of nothing', () => assert.equal(nearestRank([], 50), null));
});

describe('The time of an agent', () => {
  it('counts work at the same time once, and only within the range', () => {
    const time = agentTime(100, 200);
    time.presence.add(0, 1_000);
    for (const [begin, end] of [
      [50, 110],
      [105, 120],
      [105, 115],
      [120, 130],
      [190, 500],
      [300, 400],
      [0, 100],
      [150, 150],
    ] as const)
      time.attempts.add(begin, end);
    assert.deepEqual(splitTime(time), { busyMs: 40, waitingMs: 0, idleMs: 60 });
  });

  it('waits only while all that is open waits, and is idle only while it is there', () => {
    const time = agentTime(0, 1_000);
    time.attempts.add(100, 200);
    time.attempts.add(150, 300);
    time.waits.add(120, 180);
    time.waits.add(250, 300);
    time.presence.add(50, 150);
    time.presence.add(400, 460);
    assert.deepEqual(splitTime(time), { busyMs: 120, waitingMs: 80, idleMs: 110 });
  });

  it('is nothing when nothing is known', () => {
    assert.deepEqual(splitTime(agentTime(0, 10)), { busyMs: 0, waitingMs: 0, idleMs: 0 });
  });
});

describe('CSV', () => {
  it('quotes what RFC 4180 says, and lets no text run as a formula', () => {
    const rows = [
      ['plain', 'a,b', 'say "no"', 'two\nlines', -1.5, null],
      ['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '＝1'],
    ];
    assert.equal(csvText(rows), 'plain,"a,b","say ""no""","two\nlines",-1.5,unknown\r\n' + "'=1+1,'+1,'-1,'@SUM(A1),'\tx,'＝1\r\n");
    assert.equal(csvText([['=a,"b"']]), `"'=a,""b"""\r\n`);
  });
});
