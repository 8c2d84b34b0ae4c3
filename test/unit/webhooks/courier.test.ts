import assert from 'node:assert/strict';
import { nullLog } from '../../../src/server/base/log';
import { readWebhooks } from '../../../src/server/serve/webhooks/config';
import { Courier } from '../../../src/server/serve/webhooks/courier';
import type { Delivery } from '../../../src/server/serve/webhooks/delivery';
import { DeliveryCounts } from '../../../src/server/serve/webhooks/deliveryCounts';
import { Outbox } from '../../../src/server/serve/webhooks/outbox';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { until } from '../../support/until';
import { ENV, hooksFile } from './hookStand';

describe('The courier of webhooks', () => {
  afterEach(removeTempFolders);

  it('looks at each message a few times, however many wait', async () => {
    const many = 4_000;
    const hook = { name: 'chat', url: 'https://127.0.0.1:9/', secret: { env: 'HOOK_SECRET' } };
    // Nothing goes out: it stops at the address, which is allowed when the file is read.
    const read = readWebhooks(hooksFile({ hooks: [hook], allow: { addresses: ['127.0.0.1'] }, retry: { tries: 1 } }), ENV);
    const config = { ...read, guard: readWebhooks(hooksFile({}), ENV).guard };
    const counts = new DeliveryCounts();
    const courier = new Courier({ config, counts, outbox: new Outbox(tempFolder(), nullLog), log: nullLog, look: () => undefined });
    let looks = 0;
    const deliveries = Array.from({ length: many }, (_, n): Delivery => {
      const facts = { id: `A-${n}`, to: 'chat', kind: 'finished' as const, task: `#${n}`, body: '{}', tries: 0, dueAt: 0 };
      return Object.defineProperty(facts, 'dueAt', { get: () => (looks++, 0) });
    });
    courier.take(deliveries);
    await until('all to be given up', () => counts.all.some(([, result, count]) => result === 'given_up' && count === many));
    courier.dispose();
    assert.ok(looks < many * 60, `${looks} looks`);
  });
});
