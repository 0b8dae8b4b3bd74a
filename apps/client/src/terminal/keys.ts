/** What a person did at the keyboard. */
export type Key =
  | { readonly type: 'text'; readonly text: string }
  /** Pasted as a whole; may hold line breaks. */
  | { readonly type: 'paste'; readonly text: string }
  /** A key by name: `enter`, `up`, `ctrl-a`, `alt-enter`, …; `paste-cut`: what was pasted was too long, and its end is left out. */
  | { readonly type: 'key'; readonly name: string }

/** Control sequences of xterm and its relatives, without the `ESC [` or `ESC O` before them. */
const SEQUENCES: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  Z: 'shift-tab',
  '1~': 'home',
  '3~': 'delete',
  '4~': 'end',
  '5~': 'page-up',
  '6~': 'page-down',
  '7~': 'home',
  '8~': 'end',
  '1;3A': 'alt-up',
  '1;3B': 'alt-down',
  '1;5C': 'word-right',
  '1;5D': 'word-left',
  '1;3C': 'word-right',
  '1;3D': 'word-left',
}

const CONTROLS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
}

const ALT: Readonly<Record<string, string>> = {
  '\r': 'alt-enter',
  '\n': 'alt-enter',
  b: 'word-left',
  f: 'word-right',
  '\u007f': 'ctrl-w',
}

const PASTE_BEGIN = '\u001b[200~'
const PASTE_END = '\u001b[201~'
const MAXIMUM_PASTE = 100_000
/** ECMA-48 §5.4, and what begins with two brackets: function keys of Linux's own console. */
const SEQUENCE = /^\u001b(?:\[\[.|(?:\[|O)([0-?]*[ -/]*[@-~]))/s
const UNFINISHED_SEQUENCE = /^\u001b(?:\[\[|(?:\[|O)[0-?]*[ -/]*)?$/

/** Turns what a terminal sends into keys. A sequence may come in pieces, as over a slow connection. */
export class KeyReader {
  #rest = ''
  /** What comes now is the end of a paste that is left out. */
  #isCut = false

  /** @param text decoded input; the rest of an unfinished sequence is kept for the next call */
  read(text: string): Key[] {
    const keys: Key[] = []
    this.#rest += text
    while (this.#rest !== '') {
      const before = this.#rest.length
      const key = this.#next()
      if (key) keys.push(key)
      else if (this.#rest.length === before) break
    }
    return keys
  }

  /** The escape key itself sends what also begins a sequence: nothing came behind it. */
  flush(): Key[] {
    const alone = this.#rest === '\u001b' && !this.#isCut
    if (!this.#isCut && !this.#rest.startsWith(PASTE_BEGIN)) this.#rest = ''
    return alone ? [{ type: 'key', name: 'escape' }] : []
  }

  /** A key; undefined, when a sequence is unknown, and then consumed, or unfinished, and then left. */
  #next(): Key | undefined {
    const rest = this.#rest
    if (this.#isCut) return this.#leaveOut()
    if (rest.startsWith(PASTE_BEGIN)) return this.#paste()
    if (rest.startsWith('\u001b')) return this.#escape()
    const [first = ''] = rest
    if (first < ' ' || first === '\u007f') {
      this.#rest = rest.slice(1)
      const letter = String.fromCharCode(first.charCodeAt(0) + 96)
      return { type: 'key', name: CONTROLS[first] ?? `ctrl-${letter}` }
    }
    const end = rest.search(/[\u0000-\u001f\u007f]/)
    const text = end === -1 ? rest : rest.slice(0, end)
    this.#rest = rest.slice(text.length)
    return { type: 'text', text }
  }

  #paste(): Key | undefined {
    const end = this.#rest.indexOf(PASTE_END)
    if (end === -1 && this.#rest.length < MAXIMUM_PASTE) return undefined
    this.#isCut = end === -1
    // The last characters may begin the mark of the end.
    const stop = end === -1 ? 1 - PASTE_END.length : end
    const text = this.#rest.slice(PASTE_BEGIN.length, stop)
    this.#rest = this.#rest.slice(end === -1 ? stop : end + PASTE_END.length)
    return { type: 'paste', text: text.replace(/\r\n?/g, '\n') }
  }

  #leaveOut(): Key | undefined {
    const end = this.#rest.indexOf(PASTE_END)
    this.#isCut = end === -1
    this.#rest = this.#rest.slice(end === -1 ? 1 - PASTE_END.length : end + PASTE_END.length)
    return end === -1 ? undefined : { type: 'key', name: 'paste-cut' }
  }

  #escape(): Key | undefined {
    if (UNFINISHED_SEQUENCE.test(this.#rest) || PASTE_BEGIN.startsWith(this.#rest)) return undefined
    const [whole, sequence = ''] = SEQUENCE.exec(this.#rest) ?? []
    const second = String.fromCodePoint(this.#rest.codePointAt(1) ?? 0)
    if (whole === undefined && second === '\u001b') {
      this.#rest = this.#rest.slice(1) // the key itself, before another one
      return { type: 'key', name: 'escape' }
    }
    this.#rest = this.#rest.slice(whole?.length ?? 1 + second.length)
    const name = whole === undefined ? (ALT[second] ?? `alt-${second}`) : SEQUENCES[sequence]
    return name === undefined ? undefined : { type: 'key', name }
  }
}
