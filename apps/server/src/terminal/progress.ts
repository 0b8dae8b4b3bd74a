import type { Terminal } from '../commands/command.ts'

/** Milliseconds between two changes of what is shown. */
const STEP = 200

/** A line that tells how far something is, on a terminal and nowhere else. */
export class Progress {
  readonly #output: Terminal['errorOutput']
  #shownAt = Number.NEGATIVE_INFINITY
  #isShown = false

  constructor({ errorOutput }: Pick<Terminal, 'errorOutput'>) {
    this.#output = errorOutput
  }

  show(text: () => string): void {
    if (!this.#output.isTTY || performance.now() - this.#shownAt < STEP) return
    this.#shownAt = performance.now()
    this.#isShown = true
    this.#output.write(`\r\x1b[K${text()} …`)
  }

  /** Takes the line away, before something else is written. */
  end(): void {
    if (this.#isShown) this.#output.write('\r\x1b[K')
    this.#isShown = false
  }
}
