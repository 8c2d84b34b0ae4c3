import { RECORD_VERSION, TowerRecord } from './event';

/** A record that a newer version of Tasktower wrote: read on, but write nothing. */
export class NewerRecord extends Error {
  override readonly name = 'NewerRecord';
}

type Lift = (record: Record<string, unknown>) => Record<string, unknown>;

/** Lifts a record from version `n` (the key) to `n + 1`. */
const LIFTS: Readonly<Record<number, Lift>> = {};

/**
 * The record that a line of the journal holds, lifted to this version.
 * @throws {NewerRecord} on a later version or an event this version does not know.
 * @throws {Error} on anything that is not a record.
 */
export function lift(value: unknown): TowerRecord {
  if (typeof value !== 'object' || value === null || !('v' in value) || typeof value.v !== 'number')
    throw new Error('This is not a record.');
  let record: Record<string, unknown> = { ...value };
  if (value.v > RECORD_VERSION) throw new NewerRecord(`The record has version ${value.v}; this Tasktower reads up to ${RECORD_VERSION}.`);
  for (let v = value.v; v < RECORD_VERSION; v++) {
    const step = LIFTS[v];
    if (!step) throw new Error(`There is no way from record version ${v}.`);
    record = { ...step(record), v: v + 1 };
  }
  const read = TowerRecord.safeParse(record);
  if (read.success) return read.data;
  const unknown = read.error.issues.find((issue) => issue.code === 'invalid_union' && issue.path.at(-1) === 'type');
  if (unknown) throw new NewerRecord(`The record holds an event this Tasktower does not know (${unknown.path.join('.')}).`);
  throw new Error(`The record is not whole: ${read.error.issues[0]?.path.join('.')}: ${read.error.issues[0]?.message}.`);
}
