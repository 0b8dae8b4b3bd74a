import { type Jid, parseJid } from '@parlour/jid'
import { CLIENT_NAMESPACE, errorReply, isStanza, readStanza, type Stanza, StanzaError } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import { answerStanza, reported } from './answers.ts'
import type { DomainPairs } from './domain-pairs.ts'
import type { FederationContext, FederationKernel } from './federation-context.ts'

/** Whether a first-level element of a server's stream, whose namespace the parser has moved, is a stanza. */
export function isServerStanza(element: Element): boolean {
  return element.namespace === CLIENT_NAMESPACE && isStanza(element)
}

/**
 * The way of another server's stanzas into the kernel: who may speak for whom is checked for each.
 *
 * @returns a promise when something waits; a StreamError when the stream has to end (RFC 6120 §4.9.3)
 */
export function receiveStanza(
  element: Element,
  pairs: DomainPairs,
  { kernel, pings }: Pick<FederationContext, 'kernel' | 'pings'>,
  committing: (committed: Promise<void>) => void,
): StreamError | Promise<void> | undefined {
  let stanza: Stanza
  try {
    stanza = readStanza(element)
  } catch (error) {
    return refuse(element, error, pairs, kernel)
  }
  const fault = addressFault(stanza, pairs, kernel)
  if (fault) return fault
  if (stanza.kind === 'iq' && (stanza.type === 'result' || stanza.type === 'error') && pings.take(stanza))
    return undefined
  try {
    const done = kernel.receive(stanza, committing)
    return done instanceof Promise ? done.catch((error: unknown) => answer(stanza, error, kernel)) : undefined
  } catch (error) {
    answer(stanza, error, kernel)
  }
}

/** RFC 6120 §8.1.1.2, §8.1.2.2, §4.9.3.6, §4.9.3.9: both addresses, ours, and theirs as proved. */
function addressFault({ from, to }: Stanza, pairs: DomainPairs, kernel: FederationKernel): StreamError | undefined {
  if (!from || !to) return new StreamError('improper-addressing')
  if (pairs.has(from.domain, to.domain)) return undefined
  if (!pairs.hasRemote(from.domain)) return new StreamError('invalid-from')
  return kernel.isOwn(to.domain)
    ? new StreamError('invalid-from', `${from.domain} has not been authenticated for ${to.domain}`)
    : new StreamError('host-unknown')
}

function answer(stanza: Stanza, error: unknown, kernel: FederationKernel): void {
  answerStanza(kernel, stanza, error instanceof StanzaError ? error : kernel.internalError(error, stanza))
}

/**
 * One malformed stanza ends no stream that carries those of many people: it is answered if its sender can be known, and
 * otherwise goes no further.
 */
function refuse(
  element: Element,
  error: unknown,
  pairs: DomainPairs,
  kernel: FederationKernel,
): StreamError | undefined {
  if (!(error instanceof StanzaError)) throw error
  if (!element.attribute('from') || !element.attribute('to')) return new StreamError('improper-addressing')
  const from = addressIn(element, 'from')
  if (!from) return undefined
  const local = pairs.localsOf(from.domain)
  if (!local) return new StreamError('invalid-from')
  const to = addressIn(element, 'to')
  const sender = to && local.has(to.domain) ? to : [...local][0]
  const reply = errorReply(element, error)?.withAttributes({ from: sender?.toString(), to: from.toString() })
  if (reply) reported(kernel, () => kernel.receive(readStanza(reply), () => {}))
}

function addressIn(element: Element, name: 'from' | 'to'): Jid | undefined {
  try {
    return parseJid(element.attribute(name) as string)
  } catch {
    return undefined // told by the stanza error already
  }
}
