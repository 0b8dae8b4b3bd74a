import { readFileSync } from 'node:fs'
import { type Element, parseXml } from '@parlour/xml'
import { until } from '../../support/waiting.ts'

/** The stanzas that a client's log tells of, one to a line. */
export interface LoggedStanza {
  readonly sent: boolean
  readonly stanza: Element
  taken: boolean
}

const LIMIT = 45_000

/** Follows the log file of a client that writes every stanza into it, one to a line. */
export class StanzaLog {
  readonly stanzas: LoggedStanza[] = []
  readonly #path: string
  readonly #pattern: RegExp
  #read = 0

  /** @param pattern finds `SENT` or `RECV`, then the stanza */
  constructor(path: string, pattern: RegExp) {
    this.#path = path
    this.#pattern = pattern
  }

  /** All of the log. */
  text(): string {
    try {
      return readFileSync(this.#path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
      throw error
    }
  }

  /** The next stanza that fits and that nobody has taken. */
  next(what: string, fits: (stanza: Element, sent: boolean) => boolean, from = 0): Promise<Element> {
    const look = () => {
      this.update()
      const found = this.stanzas.find(({ stanza, sent, taken }, at) => at >= from && !taken && fits(stanza, sent))
      if (found) found.taken = true
      return found?.stanza
    }
    return until(look, LIMIT, what)
  }

  /** Waits for the log to have the pattern behind the offset. */
  line(pattern: RegExp, from = 0): Promise<RegExpMatchArray> {
    return until(() => this.text().slice(from).match(pattern) ?? undefined, LIMIT, `log ${pattern}`)
  }

  /** Reads what was added; returns how many stanzas there are. */
  update(): number {
    const lines = this.text().split('\n').slice(0, -1)
    for (; this.#read < lines.length; this.#read++) {
      const [, direction, text = ''] = lines[this.#read]?.match(this.#pattern) ?? []
      if (/^<(message|presence|iq)\b/.test(text)) {
        this.stanzas.push({ sent: direction === 'SENT', stanza: parseXml(text), taken: false })
      }
    }
    return this.stanzas.length
  }
}
