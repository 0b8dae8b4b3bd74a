import type { Element } from '@parlour/xml'
import { decodeBase64 } from '../base64.ts'
import type { SaslCondition } from '../conditions.ts'
import { MAXIMUM_MESSAGE_CHARACTERS, type MessageFault, readFailure } from '../wire/elements.ts'
import {
  type AuthenticationContinuation,
  type AuthenticationOffer,
  type AuthenticationRequest,
  type AuthenticationSuccess,
  SASL_UPGRADE_NAMESPACE,
  SASL2_NAMESPACE,
} from './elements.ts'
import { readUserAgent } from './user-agent.ts'

const textsOf = (parent: Element | undefined, name: string, namespace = SASL2_NAMESPACE): string[] =>
  parent?.childrenNamed(name, namespace).map((child) => child.text().trim()) ?? []

/** What the stream feature `<authentication/>` offers. */
export const readAuthenticationOffer = (element: Element): AuthenticationOffer => ({
  mechanisms: textsOf(element, 'mechanism'),
  inline: element.child('inline', SASL2_NAMESPACE)?.elements() ?? [],
  upgrades: textsOf(element, 'upgrade', SASL_UPGRADE_NAMESPACE),
})

/** The octets of an element; an empty element is an empty message (XEP-0388 §2.2). */
export function readMessage2(element: Element): Uint8Array | MessageFault {
  const text = element.text()
  if (text.length > MAXIMUM_MESSAGE_CHARACTERS) return 'malformed-request'
  return decodeBase64(text) ?? 'incorrect-encoding'
}

/** The octets of a child; `undefined` where there is no such child. */
function readPart(element: Element, name: string): Uint8Array | undefined | MessageFault {
  const part = element.child(name, SASL2_NAMESPACE)
  return part && readMessage2(part)
}

/** What a client asks for, or the condition to refuse it with. */
export function readAuthenticationRequest(element: Element): AuthenticationRequest | MessageFault {
  const mechanism = element.attribute('mechanism')
  if (mechanism === undefined) return 'malformed-request'
  const initialResponse = readPart(element, 'initial-response')
  if (typeof initialResponse === 'string') return initialResponse
  const inline = element.elements().filter((child) => child.namespace !== SASL2_NAMESPACE)
  return { mechanism, initialResponse, userAgent: readUserAgent(element), inline }
}

/** The tasks that a request names by `<upgrade/>` (XEP-0480 §2.2), each once. */
export const readUpgradeRequests = ({ inline }: Pick<AuthenticationRequest, 'inline'>): string[] => [
  ...new Set(inline.filter((child) => child.is('upgrade', SASL_UPGRADE_NAMESPACE)).map((child) => child.text().trim())),
]

/** What `<success/>` says; `malformed-request` where it names nobody. */
export function readSuccess2(element: Element): AuthenticationSuccess | MessageFault {
  const authorizationIdentifier = element.childText('authorization-identifier', SASL2_NAMESPACE)?.trim()
  if (!authorizationIdentifier) return 'malformed-request'
  const additionalData = readPart(element, 'additional-data')
  if (typeof additionalData === 'string') return additionalData
  const results = element.elements().filter((child) => child.namespace !== SASL2_NAMESPACE)
  return { additionalData, authorizationIdentifier, results }
}

/** What `<continue/>` asks for. */
export function readContinue(element: Element): AuthenticationContinuation | MessageFault {
  const additionalData = readPart(element, 'additional-data')
  if (typeof additionalData === 'string') return additionalData
  const tasks = textsOf(element.child('tasks', SASL2_NAMESPACE), 'task')
  return { additionalData, tasks, text: element.childText('text', SASL2_NAMESPACE) }
}

/** What a `<failure/>` of SASL2 says; an unknown condition is as `not-authorized`. */
export const readFailure2 = (element: Element): { condition: SaslCondition; text: string | undefined } => ({
  condition: readFailure(element).condition,
  text: element.childText('text', SASL2_NAMESPACE),
})
