import { type Jid, parseJid } from '@parlour/jid'
import type { Element } from '@parlour/xml'
import { StanzaError } from './stanza-error.ts'

/** What message, presence and IQ have in common (RFC 6120 §8.1): a view over the element, which stays as it is. */
export abstract class StanzaView {
  readonly element: Element
  /** The intended recipient (RFC 6120 §8.1.1). */
  readonly to: Jid | undefined
  /** The sender (RFC 6120 §8.1.2). */
  readonly from: Jid | undefined

  /**
   * @param like one whose element has the same addresses: they are not read again
   * @throws {StanzaError} `jid-malformed`
   */
  constructor(element: Element, like?: StanzaView) {
    this.element = element
    this.to = like === undefined ? address(element, 'to') : like.to
    this.from = like === undefined ? address(element, 'from') : like.from
  }

  /** What ties a reply to its stanza (RFC 6120 §8.1.3). */
  get id(): string | undefined {
    return this.element.attribute('id')
  }

  /** The language of the stanza itself; without one, that of the stream holds (RFC 6120 §8.1.5). */
  get lang(): string | undefined {
    return this.element.attribute('xml:lang')
  }

  /** What the `<error/>` of a stanza of type `error` says; `undefined` for other types. */
  get error(): StanzaError | undefined {
    return this.element.attribute('type') === 'error' ? StanzaError.fromElement(this.element) : undefined
  }

  /** The texts of the children of this name by language, `''` where none is given. The first of each language counts. */
  protected textsByLanguage(name: string): ReadonlyMap<string, string> {
    const texts = new Map<string, string>()
    for (const child of this.element.childrenNamed(name)) {
      const language = child.attribute('xml:lang') ?? this.lang ?? ''
      if (!texts.has(language)) texts.set(language, child.text())
    }
    return texts
  }
}

function address(element: Element, name: 'to' | 'from'): Jid | undefined {
  const text = element.attributes[name]
  if (text === undefined) return undefined
  try {
    return parseJid(text)
  } catch (cause) {
    throw new StanzaError('jid-malformed', `'${name}' is not an address`, { cause })
  }
}
