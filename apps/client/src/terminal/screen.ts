/** Where a screen is drawn; `process.stdout` is one. */
export interface ScreenOutput {
  readonly columns: number
  readonly rows: number
  write(text: string): unknown
}

const ESCAPE = '\u001b['
/**
 * The alternate screen; bracketed paste, so that pasted lines are not sent one by one; and no line goes on in the next one: a
 * window may be narrower than what is drawn, or find a character wider.
 */
const ENTER = `${ESCAPE}?1049h${ESCAPE}?2004h${ESCAPE}?7l${ESCAPE}2J`
const LEAVE = `${ESCAPE}?7h${ESCAPE}?2004l${ESCAPE}?1049l${ESCAPE}?25h`
/** Synchronized output: the terminal shows the whole change at once; one that does not know it ignores it. */
const BEGIN = `${ESCAPE}?2026h${ESCAPE}?25l`
const FINISH = `${ESCAPE}?25h${ESCAPE}?2026l`

/** What is to be seen: as many lines as the screen has rows, and where the cursor stands. */
export interface Frame {
  readonly lines: readonly string[]
  readonly cursor: { readonly row: number; readonly column: number }
}

/** A full screen on which only lines that changed are written: no flicker, and little to send over a slow line. */
export class Screen {
  readonly #output: ScreenOutput
  #shown: readonly string[] = []
  #active = false

  constructor(output: ScreenOutput) {
    this.#output = output
  }

  get columns(): number {
    return Math.max(20, this.#output.columns || 80)
  }

  get rows(): number {
    return Math.max(5, this.#output.rows || 24)
  }

  enter(): void {
    this.#active = true
    this.#shown = []
    this.#output.write(ENTER)
  }

  /** Gives the terminal back as it was. */
  leave(): void {
    if (this.#active) this.#output.write(LEAVE)
    this.#active = false
  }

  /** The next frame is written whole: after a resize, or when something else wrote to the terminal. */
  invalidate(): void {
    this.#shown = []
    if (this.#active) this.#output.write(`${ESCAPE}2J`)
  }

  draw({ lines, cursor }: Frame): void {
    if (!this.#active) return
    let changes = ''
    for (let row = 0; row < this.rows; row++) {
      const line = lines[row] ?? ''
      // Erased before: behind a full line, xterm would erase its last character.
      if (line !== this.#shown[row]) changes += `${ESCAPE}${row + 1};1H${ESCAPE}K${line}${ESCAPE}0m`
    }
    this.#shown = [...lines]
    this.#output.write(`${BEGIN}${changes}${ESCAPE}${cursor.row + 1};${cursor.column + 1}H${FINISH}`)
  }

  bell(): void {
    if (this.#active) this.#output.write('\u0007')
  }
}
