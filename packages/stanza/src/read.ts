import type { Element } from '@parlour/xml'
import { Iq } from './iq.ts'
import { Message } from './message.ts'
import { Presence } from './presence.ts'
import { StanzaError } from './stanza-error.ts'

/** A typed view over an element; `kind` tells which. */
export type Stanza = Message | Presence | Iq

/** Whether an element bears the name of a stanza; its namespace is the stream's affair (RFC 6120 §8). */
export function isStanza(element: Element): boolean {
  const { name } = element
  return name === 'message' || name === 'presence' || name === 'iq'
}

/**
 * The stanza that an element is. Addresses, and what the rules on the wire ask of an IQ and of presence, are checked
 * here; everything else is read when asked for.
 *
 * @throws {StanzaError} `jid-malformed`; `bad-request` (RFC 6120 §8.2.3, RFC 6121 §4.7.1, or no stanza at all)
 * @example
 * const stanza = readStanza(element)
 * if (stanza.kind === 'message') console.log(stanza.body)
 */
export function readStanza(element: Element): Stanza {
  switch (element.name) {
    case 'message':
      return new Message(element)
    case 'presence':
      return new Presence(element)
    case 'iq':
      return new Iq(element)
    default:
      throw new StanzaError('bad-request', 'neither message, presence nor iq')
  }
}
