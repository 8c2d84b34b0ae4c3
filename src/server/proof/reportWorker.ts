import { readFileSync, statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { errorText, HumanError } from '../base/errors';
import { bytes } from '../domain/format';
import type { ReadReport } from '../domain/ports';
import { MAX_REPORT_BYTES, readReport, type ReportHint } from './reports/readReport';

/** What the worker is to read; it reads one report and ends. */
export interface ReportJob {
  path: string;
  hint: ReportHint;
}
/** `error` is a sentence for people; `broken` = what went wrong is not the report's fault. */
export type ReportAnswer = { value: ReadReport | undefined } | { error: string; broken: boolean };

function answer({ path, hint }: ReportJob): ReportAnswer {
  try {
    const { size } = statSync(path);
    if (size > MAX_REPORT_BYTES)
      throw new HumanError(
        `This report is too large: ${bytes(size)}, and at most ${bytes(MAX_REPORT_BYTES)} are read. Hand in a smaller one.`,
      );
    return { value: readReport(readFileSync(path), hint) };
  } catch (error) {
    return { error: errorText(error), broken: !(error instanceof HumanError) };
  }
}

parentPort?.postMessage(answer(workerData as ReportJob));
