import { StanzaView } from './view.ts'

/** RFC 6121 §5.2.2. */
export type MessageType = 'normal' | 'chat' | 'groupchat' | 'headline' | 'error'

const TYPES: readonly MessageType[] = ['chat', 'normal', 'groupchat', 'headline', 'error']

/** A message: something pushed to another entity (RFC 6120 §8.2.1, RFC 6121 §5). */
export class Message extends StanzaView {
  readonly kind = 'message'
  #type: MessageType | undefined

  /** A type that is missing or unknown is `normal` (RFC 6121 §5.2.2). */
  get type(): MessageType {
    this.#type ??= typeOf(this.element.attribute('type'))
    return this.#type
  }

  /** The text for people, of the first `<body/>` (RFC 6121 §5.2.3). */
  get body(): string | undefined {
    return this.element.childText('body')
  }

  /** All bodies by language, `''` where none is given (RFC 6121 §5.2.3). */
  get bodies(): ReadonlyMap<string, string> {
    return this.textsByLanguage('body')
  }

  /** The topic, of the first `<subject/>`; `''` when it is there and empty (RFC 6121 §5.2.4). */
  get subject(): string | undefined {
    return this.element.childText('subject')
  }

  /** All subjects by language, `''` where none is given (RFC 6121 §5.2.4). */
  get subjects(): ReadonlyMap<string, string> {
    return this.textsByLanguage('subject')
  }

  /** The conversation this message belongs to (RFC 6121 §5.2.5). */
  get thread(): string | undefined {
    return this.element.childText('thread')
  }

  /** The conversation from which {@link thread} branched off (RFC 6121 §5.2.5). */
  get threadParent(): string | undefined {
    return this.element.child('thread')?.attribute('parent')
  }
}

function typeOf(type: string | undefined): MessageType {
  // One of these very strings, which are quicker compared than one that was read.
  for (const known of TYPES) if (known === type) return known
  return 'normal'
}
