import { appendFileSync } from 'node:fs'
import { withTimeLimit } from './waiting.ts'

/** How one case went. */
export interface CaseResult {
  readonly group: string
  readonly name: string
  readonly failed: boolean
  /** What the case wants to tell, such as the mechanism that was used. */
  readonly note: string
}

/** Runs cases, prints a line for each, and counts. */
export class CaseRunner {
  readonly results: CaseResult[] = []
  readonly #limit: number

  /** @param limit milliseconds that one case may take */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Runs one case; what it returns is told behind its name. A failure prints the error and the transcript. */
  async run(
    group: string,
    name: string,
    body: () => Promise<string | undefined>,
    transcript: () => string | Promise<string> = () => '',
  ): Promise<boolean> {
    const start = performance.now()
    const outcome = await withTimeLimit(body(), this.#limit, 'the whole case').then(
      (note) => ({ failed: false, note: note ?? '' }),
      (error: unknown) => ({
        failed: true,
        note: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
    )
    this.results.push({ group, name, ...outcome })
    const time = `${Math.round(performance.now() - start)} ms`
    console.log(
      outcome.failed
        ? `FAIL ${group}: ${name} (${time})\n${indent(outcome.note)}\n${indent(await transcript())}`
        : `ok ${group}: ${name}${outcome.note && `, ${outcome.note}`} (${time})`,
    )
    return !outcome.failed
  }

  /** Prints the sum, tells it to `.ci/run`, and sets the exit code. */
  finish(): void {
    const failed = this.results.filter((result) => result.failed).length
    const passed = this.results.length - failed
    if (process.env.COUNTS_FILE) appendFileSync(process.env.COUNTS_FILE, `${passed} ${failed}\n`)
    console.log(`${passed} passed, ${failed} failed`)
    if (failed > 0) process.exitCode = 1
  }
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `     ${line.slice(0, 2000)}`)
    .join('\n')
}
