import type { Element } from '@parlour/xml'
import { StanzaError } from './stanza-error.ts'
import { StanzaView } from './view.ts'

/** RFC 6120 §8.2.3. */
export type IqType = 'get' | 'set' | 'result' | 'error'

const TYPES: ReadonlySet<string> = new Set<IqType>(['get', 'set', 'result', 'error'])

/** A request or the response to one (RFC 6120 §8.2.3). */
export class Iq extends StanzaView {
  readonly kind = 'iq'
  readonly type: IqType
  /** The child element: what is asked or answered. Of an error, the part of the request that came back, if any. */
  readonly payload: Element | undefined

  /** @throws {StanzaError} `bad-request` for what breaks RFC 6120 §8.2.3, `jid-malformed` */
  constructor(element: Element) {
    super(element)
    const type = element.attribute('type')
    if (type === undefined || !TYPES.has(type)) throw new StanzaError('bad-request', 'an iq needs a valid type')
    if (element.attribute('id') === undefined) throw new StanzaError('bad-request', 'an iq needs an id')
    this.type = type as IqType
    this.payload = type === 'error' ? requestOf(element) : element.child()
    if (type === 'get' || type === 'set') assertOneChild(element)
  }
}

function requestOf(element: Element): Element | undefined {
  return element.elements().find((child) => !child.is('error', element.namespace))
}

function assertOneChild(element: Element): void {
  let count = 0
  for (const child of element.children) if (typeof child !== 'string') count++
  if (count !== 1) throw new StanzaError('bad-request', 'a request needs exactly one child element')
}
