import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../../src/server/base/log';
import { TowerMetrics } from '../../../src/server/serve/towerMetrics';
import { readWebhooks } from '../../../src/server/serve/webhooks/config';
import { DeliveryCounts } from '../../../src/server/serve/webhooks/deliveryCounts';
import { Webhooks } from '../../../src/server/serve/webhooks/webhooks';
import { peopleOf, teamDoor } from '../../support/team';
import { tempFolder } from '../../support/tempFolder';
import { SECRET } from '../../support/webhookReceiver';
import { Stand } from '../gateway/stand';

/** Soon, so that tests are quick. */
export const SOON = { firstSeconds: 0.05, mostSeconds: 0.2, tries: 4, timeoutSeconds: 2 };
/** Where the secrets of the tests are read from. */
export const ENV = { HOOK_SECRET: SECRET };

/** Writes a file of `--webhooks`. @returns its path. */
export function hooksFile(content: unknown): string {
  const path = join(tempFolder(), 'webhooks.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

/** A real tower with webhooks, and what it writes to its log; `before` they come in. */
export async function hookStand(
  content: Record<string, unknown>,
  env: NodeJS.ProcessEnv = ENV,
  before: (storage: string) => void = () => undefined,
): Promise<{ stand: Stand; lines: string[] }> {
  const lines: string[] = [];
  const write =
    (level: string) =>
    (message: string | Error): void =>
      void lines.push(`${level} ${String(message)}`);
  const log: Log = { trace: write('trace'), debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const config = readWebhooks(hooksFile({ retry: SOON, ...content }), env);
  const counts = new DeliveryCounts();
  const stand = await Stand.open({
    door: (storage) =>
      teamDoor(peopleOf(storage), {
        metrics: (tower) => new TowerMetrics(tower, counts),
        webhooks: (watched) => {
          before(storage);
          return new Webhooks({ ...watched, log }, { config, counts, storage, source: 'https://tower.example' });
        },
      }),
  });
  return { stand, lines };
}
