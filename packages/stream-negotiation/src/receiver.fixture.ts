import { parseJid } from '@parlour/jid'
import { SASL_NAMESPACE } from '@parlour/sasl'
import { FakeEnvironment } from '@parlour/testing'
import { STARTTLS_COMMAND } from '@parlour/tls-negotiation'
import { type Element, el } from '@parlour/xml'
import type { StreamHeader } from '@parlour/xml-stream'
import { BIND_NAMESPACE } from './namespaces.ts'
import { startReceiver, stepReceiver } from './receiver.ts'
import {
  DEFAULT_RECEIVER_LIMITS,
  type ReceiverHost,
  type ReceiverInput,
  type ReceiverOutput,
  type ReceiverPolicy,
  type ReceiverState,
} from './receiver-types.ts'

const environment = new FakeEnvironment()

const MECHANISMS = el('mechanisms', SASL_NAMESPACE, {}, el('mechanism', SASL_NAMESPACE, {}, 'SCRAM-SHA-1'))
export const hostOf = (domain: string, more: Partial<ReceiverHost> = {}): ReceiverHost => ({
  domain,
  mechanisms: () => [MECHANISMS],
  extraFeatures: (stage, secure) => [el(`extra-${stage}-${secure}`, 'urn:extra')],
  takesRequestsBeforeAuthentication: true,
  negotiationNamespaces: new Set(['urn:xmpp:sm:3']),
  ...more,
})
const HOSTS = new Map([
  ['im.example.com', hostOf('im.example.com')],
  ['other.example.com', hostOf('other.example.com')],
])
const POLICY: ReceiverPolicy = {
  ...DEFAULT_RECEIVER_LIMITS,
  host: (domain) => HOSTS.get(domain),
  lang: 'en',
  tlsAvailable: true,
  tlsRequired: true,
}
export const HEADER: StreamHeader = {
  namespace: 'jabber:client',
  from: 'juliet@im.example.com',
  to: 'im.example.com',
  version: '1.0',
  lang: 'de',
}
export const JULIET = parseJid('juliet@im.example.com')

/** A receiving machine and what it said last. */
export class Receiver {
  state: ReceiverState
  outputs: readonly ReceiverOutput[]

  constructor(policy: Partial<ReceiverPolicy> = {}, secured = false) {
    const start = startReceiver({ ...POLICY, ...policy }, secured)
    this.state = start.state
    this.outputs = start.outputs
  }

  give(input: ReceiverInput): this {
    const step = stepReceiver(this.state, input, environment)
    this.state = step.state
    this.outputs = step.outputs
    return this
  }

  header(changes: Partial<StreamHeader> = {}): this {
    return this.give({ type: 'header', header: { ...HEADER, ...changes } })
  }

  element(element: Element): this {
    return this.give({ type: 'element', element })
  }

  find<Type extends ReceiverOutput['type']>(type: Type): Extract<ReceiverOutput, { type: Type }> | undefined {
    return this.outputs.find((output): output is Extract<ReceiverOutput, { type: Type }> => output.type === type)
  }

  get features(): string[] | undefined {
    return this.find('send-features')?.features.map((feature) => feature.name)
  }

  get condition(): string | undefined {
    return this.find('close')?.error?.condition
  }

  get types(): string[] {
    return this.outputs.map((output) => output.type)
  }
}

export const secured = (policy: Partial<ReceiverPolicy> = {}) =>
  new Receiver(policy).header().element(STARTTLS_COMMAND).give({ type: 'tls-established' })
export const authenticated = (policy: Partial<ReceiverPolicy> = {}) =>
  secured(policy)
    .header()
    .element(el('auth', SASL_NAMESPACE))
    .give({ type: 'sasl', send: [], outcome: { type: 'success', account: JULIET } })
export const binding = () => authenticated().header()
export const bind = (resource?: string, id = 'b1') =>
  el(
    'iq',
    'jabber:client',
    { type: 'set', id },
    el('bind', BIND_NAMESPACE, {}, resource !== undefined && el('resource', BIND_NAMESPACE, {}, resource)),
  )
