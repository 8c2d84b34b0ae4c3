import { parseArgs } from 'node:util';
import { activateBench } from './activate';
import { analyticsBench } from './analytics';
import { commandsBench } from './commands';
import { completeBench } from './complete';
import { createBench } from './create';
import { crowdBench } from './crowd';
import { diffBench } from './diff';
import { fanoutBench } from './fanout';
import { heapBench } from './heap';
import { historyBench } from './history';
import { ingestBench } from './ingest';
import { keysBench } from './keys';
import { liveBench } from './live';
import { memoryBench } from './memory';
import { openingBench } from './opening';
import { proofBench } from './proof';
import { Report, type Bench } from './report';
import { restartBench } from './restart';
import { searchBench } from './search';
import { treeBench } from './tree';

const benches: Record<string, Bench> = {
  create: createBench,
  complete: completeBench,
  fanout: fanoutBench,
  ingest: ingestBench,
  history: historyBench,
  restart: restartBench,
  search: searchBench,
  diff: diffBench,
  memory: memoryBench,
  activate: activateBench,
  commands: commandsBench,
  analytics: analyticsBench,
  tree: treeBench,
  live: liveBench,
  opening: openingBench,
  keys: keysBench,
  proof: proofBench,
  heap: heapBench,
  crowd: crowdBench,
};

/** `npm run bench [name…] [-- --json] [-- --size N] [-- --minutes N]`: the named benchmarks or all of them, one after the other; ends with 1 when a goal was missed. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { json: { type: 'boolean', default: false }, size: { type: 'string' }, minutes: { type: 'string' } },
    allowPositionals: true,
  });
  const unknown = positionals.filter((name) => !(name in benches));
  if (unknown.length > 0) throw new Error(`There is no benchmark ${unknown.join(', ')}. There are: ${Object.keys(benches).join(' ')}`);
  const report = new Report(values.json);
  report.machine();
  for (const [name, bench] of Object.entries(benches)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    report.begin(name);
    const [size, minutes] = [values.size, values.minutes].map((value) => (value === undefined ? undefined : Number(value)));
    await bench(report, size, minutes).catch((error: unknown) => report.failed(error));
  }
  return report.ok ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  },
);
