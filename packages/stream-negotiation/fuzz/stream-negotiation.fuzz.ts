/**
 * Gives both machines inputs in any order, with elements of every kind: `node --conditions=@parlour/source
 * packages/stream-negotiation/fuzz/stream-negotiation.fuzz.ts --seconds 10 [--seed N]`. Exits 1 with the inputs when a
 * machine throws, says something after its end, authenticates without TLS, serves a stanza before binding, goes on
 * beyond its limits, when one input takes too long, or memory grows.
 */
import { parseJid } from '@parlour/jid'
import { StanzaError } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import { StreamError, type StreamHeader } from '@parlour/xml-stream'
import {
  DEFAULT_RECEIVER_LIMITS,
  type InitiatorInput,
  type ReceiverHost,
  type ReceiverInput,
  startInitiator,
  startReceiver,
  stepInitiator,
  stepReceiver,
} from '../src/index.ts'
import { check, environment, pick, random, takeWalks } from './random-walks.ts'

const NAMESPACES = [
  'jabber:client',
  'jabber:server',
  'http://etherx.jabber.org/streams',
  'urn:ietf:params:xml:ns:xmpp-tls',
  'urn:ietf:params:xml:ns:xmpp-sasl',
  'urn:ietf:params:xml:ns:xmpp-bind',
  'urn:ietf:params:xml:ns:xmpp-session',
  'urn:ietf:params:xml:ns:xmpp-streams',
  'jabber:iq:register',
  'urn:xmpp:sm:3',
  '',
]
const NAMES = [
  ...['iq', 'message', 'presence', 'features', 'error', 'starttls', 'proceed', 'failure', 'required', 'mechanisms'],
  ...['mechanism', 'auth', 'challenge', 'response', 'success', 'abort', 'bind', 'jid', 'resource', 'session', 'query'],
]
const VALUES = [
  ...['get', 'set', 'result', 'error', '', '1.0', '0.9', '99.1', 'im.example.com', 'other.example.com', '@', 'ü@ß/x'],
  ...['juliet@im.example.com', 'juliet@im.example.com/balcony', 'PLAIN', 'en', 'x'.repeat(2000), '__proto__'],
]

function element(depth = 0): Element {
  const attributes = Object.fromEntries(
    Array.from({ length: random(4) }, () => [pick(['id', 'type', 'to', 'from', 'xml:lang']), pick(VALUES)] as const),
  )
  const children = Array.from({ length: depth > 2 ? 0 : random(4) }, () =>
    random(3) === 0 ? pick(VALUES) : element(depth + 1),
  )
  return el(pick(NAMES), pick(NAMESPACES), attributes, ...children)
}

/** Elements that lead on, so that later states are reached. */
const LEADING = [
  el('starttls', 'urn:ietf:params:xml:ns:xmpp-tls'),
  el('proceed', 'urn:ietf:params:xml:ns:xmpp-tls'),
  el('auth', 'urn:ietf:params:xml:ns:xmpp-sasl', { mechanism: 'PLAIN' }),
  el('iq', 'jabber:client', { type: 'set', id: 'b' }, el('bind', 'urn:ietf:params:xml:ns:xmpp-bind')),
  el('iq', 'jabber:client', { type: 'get', id: 'r' }, el('query', 'jabber:iq:register')),
  el('resume', 'urn:xmpp:sm:3'),
  el('features', 'http://etherx.jabber.org/streams', {}, el('starttls', 'urn:ietf:params:xml:ns:xmpp-tls')),
  el('features', 'http://etherx.jabber.org/streams', {}, el('bind', 'urn:ietf:params:xml:ns:xmpp-bind')),
  el(
    'features',
    'http://etherx.jabber.org/streams',
    {},
    el(
      'mechanisms',
      'urn:ietf:params:xml:ns:xmpp-sasl',
      {},
      el('mechanism', 'urn:ietf:params:xml:ns:xmpp-sasl', {}, 'X'),
    ),
  ),
]
const anyElement = () => (random(3) === 0 ? element() : pick(LEADING))

function header(): StreamHeader {
  if (random(3) > 0) return { namespace: 'jabber:client', to: 'im.example.com', version: '1.0' }
  const optional = () => (random(2) ? pick(VALUES) : undefined)
  const namespace = pick(NAMESPACES)
  return { namespace, to: optional(), from: optional(), id: optional(), version: optional(), lang: optional() }
}

const ACCOUNT = parseJid('juliet@im.example.com')
const RECEIVED: readonly (() => ReceiverInput)[] = [
  () => ({ type: 'header', header: header() }),
  () => ({ type: 'header', header: header() }),
  () => ({ type: 'element', element: anyElement() }),
  () => ({ type: 'element', element: anyElement() }),
  () => ({ type: 'tls-established' }),
  () => ({ type: 'sasl', send: [], outcome: { type: 'success', account: ACCOUNT } }),
  () => ({ type: 'sasl', send: [], outcome: { type: pick(['continue', 'failure']) } }),
  () => ({ type: 'bound', jid: ACCOUNT.withResource('x') }),
  () => ({ type: 'bind-failed', error: new StanzaError('conflict') }),
  () => ({ type: 'extension', jid: random(2) ? undefined : ACCOUNT.withResource('y') }),
]
const ENDINGS: readonly (() => ReceiverInput)[] = [
  () => ({ type: 'footer' }),
  () => ({ type: 'tls-failed' }),
  () => ({ type: 'negotiation-timeout' }),
  () => ({ type: 'stream-error', error: new StreamError('not-well-formed') }),
]

const host: ReceiverHost = {
  domain: 'im.example.com',
  mechanisms: () => [],
  extraFeatures: () => [],
  takesRequestsBeforeAuthentication: true,
  negotiationNamespaces: new Set(['urn:xmpp:sm:3']),
}
const LATE_INPUTS = 200

/** What the driver would answer, so that a random walk gets far; otherwise anything. */
function nextInput(name: string): ReceiverInput {
  if (random(40) === 0) return pick(ENDINGS)()
  const expected = RECEIVED.map((make) => make()).filter(({ type }) =>
    name === 'awaiting-header'
      ? type === 'header'
      : name === 'awaiting-handshake'
        ? type === 'tls-established'
        : name === 'awaiting-sasl'
          ? type === 'sasl'
          : name === 'awaiting-binding'
            ? type.startsWith('bound') || type === 'bind-failed'
            : name === 'awaiting-extension'
              ? type === 'extension'
              : type === 'element',
  )
  return random(12) === 0 ? pick(RECEIVED)() : pick(expected)
}

function walkReceiver(inputs: unknown[]): void {
  const policy = {
    ...DEFAULT_RECEIVER_LIMITS,
    host: (domain: string) => (domain === 'im.example.com' ? host : undefined),
    ...{ lang: 'en', tlsAvailable: true, tlsRequired: true },
  }
  let step = startReceiver(policy, false)
  let secured = false
  for (let count = 0; count < LATE_INPUTS; count++) {
    const before = step.state.name
    const input = nextInput(before)
    inputs.push(input)
    if (before === 'awaiting-handshake' && input.type === 'tls-established') secured = true
    step = stepReceiver(step.state, input, environment)
    for (const output of step.outputs) {
      check(before !== 'closed', 'nothing is said after the end')
      check(secured || !['authenticate', 'bind', 'established'].includes(output.type), 'TLS comes first')
      check(output.type !== 'bind' || before === 'awaiting-negotiation', 'binding is asked for in its turn')
      check(output.type !== 'close' || step.state.name === 'closed', 'close is the end')
    }
    if (step.state.name !== 'closed')
      check(step.state.stream.elements <= policy.maxNegotiationElements, 'elements are bounded')
  }
}

const INITIATED: readonly (() => InitiatorInput)[] = [
  () => ({ type: 'header', header: header() }),
  () => ({ type: 'header', header: header() }),
  () => ({ type: 'element', element: anyElement() }),
  () => ({ type: 'element', element: anyElement() }),
  () => ({ type: 'element', element: anyElement() }),
  () => ({ type: 'tls-established' }),
  () => ({ type: 'sasl-success' }),
  () => ({ type: 'sasl-continue', send: element() }),
]

function walkInitiator(inputs: unknown[]): void {
  const policy = {
    domain: 'im.example.com',
    account: ACCOUNT,
    lang: 'en',
    tls: 'required',
    resource: undefined,
    negotiationTimeout: 1,
  } as const
  let step = startInitiator(policy, false)
  let secured = false
  for (let count = 0; count < 30; count++) {
    const before = step.state.name
    const input = pick(INITIATED)()
    inputs.push(input)
    if (before === 'awaiting-handshake' && input.type === 'tls-established') secured = true
    step = stepInitiator(step.state, input, environment)
    for (const output of step.outputs) {
      check(before !== 'failed' && before !== 'established', 'nothing is said after the end')
      check(secured || output.type !== 'begin-authentication', 'no credentials without TLS')
      check(output.type !== 'established' || output.jid.isFull, 'the bound address is a full one')
    }
  }
}

await takeWalks([walkReceiver, walkInitiator])
