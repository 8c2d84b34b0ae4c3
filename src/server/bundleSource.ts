import type { EvidenceStore, Tower } from './domain/ports';
import type { LogLine, TaskDetails, TaskEvidence } from './domain/query';

/** How many lines of the log a bundle holds at most: the last ones. */
const LINES = 5_000;

/** All that a bundle of a task's proof is made of. @throws {Refusal} when there is no such task. */
export async function bundleSource(
  tower: Pick<Tower, 'query'>,
  evidence: Pick<EvidenceStore, 'path'>,
  taskId: string,
): Promise<{ details: TaskDetails; proof: TaskEvidence; lines: LogLine[]; path: (sha256: string) => string | undefined }> {
  const details = await tower.query({ type: 'TaskDetails', taskId });
  const proof = await tower.query({ type: 'Evidence', taskId: details.task.id });
  const lines = await tower.query({ type: 'Logs', filter: { taskId: details.task.id, limit: LINES } });
  return { details, proof, lines, path: (sha256) => evidence.path(sha256) };
}
