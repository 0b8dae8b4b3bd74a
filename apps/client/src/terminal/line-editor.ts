import { graphemes } from './text-width.ts'

const MAXIMUM_HISTORY = 200

/** The line that is being written: graphemes, a cursor, and what was written before. */
export class LineEditor {
  #before: string[] = []
  #after: string[] = []
  readonly #history: string[] = []
  /** Which line of the history is shown; its length: the new line. */
  #at = 0
  #draft = ''

  get text(): string {
    return [...this.#before, ...this.#after].join('')
  }

  /** What stands before the cursor. */
  get beforeCursor(): string {
    return this.#before.join('')
  }

  insert(text: string): void {
    // Joined with what stands before: an accent belongs to its letter.
    this.#before = graphemes(this.beforeCursor + text)
  }

  /** Replaces the whole line; the cursor stands behind it. */
  set(text: string): void {
    this.#before = graphemes(text)
    this.#after = []
  }

  /** Replaces what stands before the cursor. */
  setBeforeCursor(text: string): void {
    this.#before = graphemes(text)
  }

  /** Empties the line and remembers it. @returns the line */
  submit(): string {
    const { text } = this
    if (text !== '' && this.#history.at(-1) !== text) this.#history.push(text)
    if (this.#history.length > MAXIMUM_HISTORY) this.#history.shift()
    this.#at = this.#history.length
    this.set('')
    return text
  }

  /** @returns whether the key means something to an editor */
  key(name: string): boolean {
    const act = this.#keys[name]
    act?.()
    return act !== undefined
  }

  readonly #keys: Readonly<Record<string, () => void>> = {
    left: () => this.#move(-1),
    right: () => this.#move(1),
    'ctrl-b': () => this.#move(-1),
    'ctrl-f': () => this.#move(1),
    home: () => this.#move(-this.#before.length),
    'ctrl-a': () => this.#move(-this.#before.length),
    end: () => this.#move(this.#after.length),
    'ctrl-e': () => this.#move(this.#after.length),
    'word-left': () => this.#move(-this.#wordBefore()),
    'word-right': () => this.#move(this.#wordAfter()),
    backspace: () => void this.#before.pop(),
    delete: () => void this.#after.shift(),
    'ctrl-w': () => void this.#before.splice(this.#before.length - this.#wordBefore()),
    'ctrl-u': () => void this.#before.splice(0),
    'ctrl-k': () => void this.#after.splice(0),
    'alt-enter': () => this.insert('\n'),
    up: () => this.#remember(-1),
    down: () => this.#remember(1),
  }

  #move(steps: number): void {
    if (steps < 0) this.#after.unshift(...this.#before.splice(Math.max(0, this.#before.length + steps)))
    else this.#before.push(...this.#after.splice(0, steps))
  }

  #wordBefore(): number {
    const [word = ''] = /\S*\s*$/.exec(this.beforeCursor) ?? []
    return graphemes(word).length
  }

  #wordAfter(): number {
    const [word = ''] = /^\s*\S*/.exec(this.#after.join('')) ?? []
    return graphemes(word).length
  }

  #remember(step: number): void {
    if (this.#at === this.#history.length) this.#draft = this.text
    this.#at = Math.min(this.#history.length, Math.max(0, this.#at + step))
    this.set(this.#history[this.#at] ?? this.#draft)
  }
}
