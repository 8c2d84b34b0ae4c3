import { cpus, totalmem } from 'node:os';
import { figureLine, figureOf, type Measured } from './figure';

/** What a benchmark does: measures and reports. `size` overrides how much work there is, to see how cost grows; `minutes` how long one goes on. */
export type Bench = (report: Report, size?: number, minutes?: number) => Promise<void>;

/** Prints figures as they are measured: lines for people, or one JSON object a line and the rest on stderr. */
export class Report {
  private missed = 0;
  private bench = '';

  constructor(private readonly json: boolean) {}

  /** Whether every goal so far was reached. */
  get ok(): boolean {
    return this.missed === 0;
  }

  machine(): void {
    this.note(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`);
  }

  /** The figures that follow are of this benchmark. */
  begin(name: string): void {
    this.bench = name;
    this.note(`\n${name}`);
  }

  add(measured: Measured): void {
    const figure = figureOf(this.bench, measured);
    if (figure.ok === false) this.missed++;
    if (this.json) process.stdout.write(`${JSON.stringify(figure)}\n`);
    else console.log(`  ${figureLine(figure, measured)}`);
  }

  /** What was compared, or how much of it there was. */
  note(text: string): void {
    if (this.json) console.error(text);
    else console.log(text.startsWith('\n') ? text : `  ${text}`);
  }

  /** A benchmark that could not be carried out. */
  failed(error: unknown): void {
    this.missed++;
    console.error(`${this.bench} failed:`, error);
  }
}
