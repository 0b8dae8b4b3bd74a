import { isJid, parseJid } from '@parlour/jid'
import { CLIENT_NAMESPACE, errorReply, isStanza, readStanza, type Stanza, StanzaError } from '@parlour/stanza'
import { type Element, serialize } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import type { Router } from '../router.ts'
import type { ClientStream } from '../stream/kernel-port.ts'
import type { Component } from './component.ts'

/** What the stanzas of components need of the kernel. */
export interface InboundKernel {
  readonly router: Pick<Router, 'route' | 'bounce'>
  /** Answers for a throw that is not a StanzaError; logs it. */
  internalError(error: unknown, stanza: Stanza): StanzaError
  /** Told of work that goes on after the stanza was taken. */
  working<Value>(work: Promise<Value>): Promise<Value>
}

/** Takes a first-level element of a component's stream, whose namespace the parser has moved, to whom it is addressed. A promise means: later ones wait. */
export function receiveFromComponent(
  component: Component,
  element: Element,
  stream: ClientStream,
  kernel: InboundKernel,
): void | Promise<void> {
  const fault = faultOf(element, component.domain)
  if (fault) return stream.close(fault)
  component.counts.received++
  const stanza = read(element, stream)
  if (!stanza) return
  const fail = (error: unknown) => kernel.router.bounce(stanza, refusal(error, stanza, kernel))
  try {
    const done = kernel.router.route(stanza)
    return done instanceof Promise ? kernel.working(done.catch(fail)) : undefined
  } catch (error) {
    return fail(error)
  }
}

/** XEP-0114 §3: both addresses are required, and the domain of `from` is the component's. */
function faultOf(element: Element, domain: string): StreamError | undefined {
  if (element.namespace !== CLIENT_NAMESPACE || !isStanza(element)) return new StreamError('unsupported-stanza-type')
  const { from, to } = element.attributes
  if (!from || !to) return new StreamError('improper-addressing', `a stanza needs ${from ? 'to' : 'from'}`)
  if (!isJid(from) || parseJid(from).domain !== domain)
    return new StreamError('invalid-from', `from is not an address of ${domain}`)
  return undefined
}

/** What cannot be read is answered to the component itself. */
function read(element: Element, stream: ClientStream): Stanza | undefined {
  try {
    const stanza = readStanza(element)
    return stanza.to && stanza
  } catch (error) {
    if (!(error instanceof StanzaError)) throw error
    const reply = errorReply(element, error)
    if (reply) stream.send(serialize(reply, CLIENT_NAMESPACE))
    return undefined
  }
}

const refusal = (error: unknown, stanza: Stanza, kernel: InboundKernel): StanzaError =>
  error instanceof StanzaError ? error : kernel.internalError(error, stanza)
