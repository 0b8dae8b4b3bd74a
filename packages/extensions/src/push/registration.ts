import { StanzaError } from '@parlour/stanza'
import type { Json } from '@parlour/storage'
import { type Element, parseXml, WRITTEN_PARSER_LIMITS } from '@parlour/xml'
import type { PushEnabling } from './wire.ts'

/** Of a node and of a form of publish options, in UTF-16 code units. */
const MAX_NODE_LENGTH = 1024
const MAX_OPTIONS_LENGTH = 4096

/** Notifications of one account to one node of a push service, as they are stored. */
export interface Registration {
  readonly jid: string
  readonly node?: string
  /** The form of publish options, as XML. */
  readonly options?: string
  /** The resource of the device that asked for them: while it is there, it needs none. */
  readonly resource: string
  /** When that was; milliseconds since 1970. */
  readonly at: number
  /** The latest message that had been in reach of the device when it was last there. */
  readonly reached?: string
  /** Since when the service has taken none, and how often it was tried. */
  readonly failingSince?: number
  readonly failures?: number
}

/** Under which a registration is stored: of each service and node one (XEP-0357 §5). */
export function keyOf({ jid, node }: { readonly jid: { toString(): string }; readonly node?: string }): string {
  return node === undefined ? `${jid}` : `${jid}\n${node}`
}

export function registrationOf(enabling: PushEnabling, resource: string, at: number): Registration {
  const { jid, node, options } = enabling
  return {
    jid: jid.toString(),
    resource,
    at,
    ...(node === undefined ? {} : { node }),
    ...(options ? { options: options.toString() } : {}),
  }
}

/** @throws StanzaError `not-acceptable` */
export function checkLengths({ node = '', options = '' }: Registration): void {
  if (node.length > MAX_NODE_LENGTH || options.length > MAX_OPTIONS_LENGTH)
    throw new StanzaError('not-acceptable', 'the node or the form is too long')
}

export function optionsOf({ options }: Registration): Element | undefined {
  return options === undefined ? undefined : parseXml(options, WRITTEN_PARSER_LIMITS)
}

/** The registration after an answer: failures are counted until one succeeds. */
export function afterFailure(registration: Registration, now: number): Registration {
  const { failingSince = now, failures = 0 } = registration
  return { ...registration, failingSince, failures: failures + 1 }
}

export function afterSuccess({ failingSince, failures, ...registration }: Registration): Registration {
  return registration
}

/** As it is stored. */
export function toJson(registration: Registration): Json {
  return { ...registration }
}
