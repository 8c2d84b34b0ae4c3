import { object, objects, number, string } from './json';
import type { ReadReport } from '../../domain/ports';
import { ReportDraft } from './report';

const FORMAT = 'ESLint';

/**
 * Reads the output of `eslint -f json`, an array with one result a file. Problems that a directive suppresses are no problems.
 * Format: https://eslint.org/docs/latest/use/formatters/#json and https://eslint.org/docs/latest/integrate/nodejs-api#-lintmessage-type
 * @returns undefined when `value` is something else.
 */
export function readEslint(value: unknown, root?: string): ReadReport | undefined {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isResult)) return undefined;
  const draft = new ReportDraft(FORMAT, root);
  const counts = { errors: 0, warnings: 0, fixableErrors: 0, fixableWarnings: 0 };
  for (const result of objects(value)) {
    for (const message of objects(result.messages)) {
      const isError = message.severity === 2 || message.fatal === true;
      const isFixable = object(message.fix) !== undefined;
      if (isError) counts.errors++;
      else counts.warnings++;
      if (isFixable && isError) counts.fixableErrors++;
      if (isFixable && !isError) counts.fixableWarnings++;
      draft.find(isError ? 'error' : 'warning', () => ({
        category: 'quality',
        rule: string(message.ruleId) ?? (message.fatal === true ? 'fatal' : 'eslint'),
        message: string(message.message),
        file: string(result.filePath),
        line: number(message.line),
        column: number(message.column),
      }));
    }
  }
  return draft
    .count('quality', 'errors', counts.errors)
    .count('quality', 'warnings', counts.warnings)
    .count('quality', 'fixable-errors', counts.fixableErrors)
    .count('quality', 'fixable-warnings', counts.fixableWarnings)
    .done();
}

function isResult(value: unknown): boolean {
  const result = object(value);
  return typeof result?.filePath === 'string' && Array.isArray(result.messages);
}
