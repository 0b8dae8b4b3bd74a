/**
 * Gives both machines of server-to-server streams inputs in any order, with elements of every kind: `node
 * --conditions=@parlour/source packages/stream-negotiation/fuzz/server-streams.fuzz.ts --seconds 10 [--seed N]`. Exits 1
 * with the inputs when a machine throws, says something after its end, does anything but TLS without TLS, establishes a
 * stream that nobody authenticated, goes on beyond its limits, when one input takes too long, or memory grows.
 */
import { type Element, el } from '@parlour/xml'
import { StreamError, type StreamHeader } from '@parlour/xml-stream'
import {
  DEFAULT_SERVER_RECEIVER_LIMITS,
  type ServerInitiatorInput,
  type ServerInitiatorPolicy,
  type ServerReceiverInput,
  type ServerReceiverPolicy,
  startServerInitiator,
  startServerReceiver,
  stepServerInitiator,
  stepServerReceiver,
} from '../src/index.ts'
import { check, environment, pick, random, takeWalks } from './random-walks.ts'

const TLS = 'urn:ietf:params:xml:ns:xmpp-tls'
const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl'
const STREAM = 'http://etherx.jabber.org/streams'
const DIALBACK = 'jabber:server:dialback'
const NAMESPACES = [TLS, SASL, STREAM, DIALBACK, 'jabber:server', 'jabber:client', 'urn:xmpp:bidi', 'urn:x', '']
const NAMES = [
  ...['iq', 'message', 'presence', 'features', 'error', 'starttls', 'proceed', 'failure', 'auth', 'challenge'],
  ...['response', 'success', 'abort', 'result', 'verify', 'bidi', 'limits'],
]
const DOMAINS = ['a.example', 'b.example', 'c.example', 'x@a.example', '@', '', 'A.EXAMPLE', undefined]
const TEXTS = ['', '=', 'YS5leGFtcGxl', 'Yi5leGFtcGxl', '!', 'x'.repeat(2000), 'ü', '\u{fffd}']
const TYPES = [undefined, undefined, 'valid', 'invalid', 'error', 'get', 'x']

const leaf = (): Element =>
  el(
    pick(NAMES),
    pick(NAMESPACES),
    {
      from: pick(DOMAINS),
      to: pick(DOMAINS),
      id: pick(TEXTS),
      type: pick(TYPES),
      mechanism: pick(['EXTERNAL', 'PLAIN']),
    },
    pick(TEXTS),
  )
const element = (): Element => leaf().withChildren(Array.from({ length: random(3) }, leaf))

const mechanisms = el('mechanisms', SASL, {}, el('mechanism', SASL, {}, 'EXTERNAL'))
const OFFERS = [
  el('starttls', TLS),
  mechanisms,
  el('bidi', 'urn:xmpp:features:bidi'),
  el('dialback', 'urn:xmpp:features:dialback', {}, el('errors', 'urn:xmpp:features:dialback')),
  el('limits', 'urn:xmpp:stream-limits:0', {}, el('max-bytes', 'urn:xmpp:stream-limits:0', {}, '10000')),
]
const result = (type: string | undefined) => el('result', DIALBACK, { from: 'b.example', to: 'a.example', type })
const features = (): Element => el('features', STREAM, {}, ...OFFERS.filter(() => random(3) > 0))
const LEADING: readonly (() => Element)[] = [
  features,
  features,
  () => el('starttls', TLS),
  () => el('proceed', TLS),
  () => el('auth', SASL, { mechanism: 'EXTERNAL' }, pick(TEXTS)),
  () => el('response', SASL, {}, pick(TEXTS)),
  () => el('success', SASL),
  () => el('failure', SASL, {}, el('not-authorized', SASL)),
  () => el('bidi', 'urn:xmpp:bidi'),
  () => el('result', DIALBACK, { from: 'a.example', to: 'b.example' }, 'key'),
  () => el('verify', DIALBACK, { from: 'a.example', to: 'b.example', id: 'x' }, 'key'),
  () => result(pick(TYPES)),
  () => el('message', 'jabber:server', { from: 'x@a.example', to: 'y@b.example' }),
]
const anyElement = () => (random(4) === 0 ? element() : pick(LEADING)())

function header(from: string, to: string): StreamHeader {
  const usual: StreamHeader = {
    namespace: 'jabber:server',
    from,
    to,
    id: 'x',
    version: '1.0',
    dialback: random(2) === 0,
  }
  if (random(6) > 0) return usual
  return {
    ...usual,
    from: pick(DOMAINS),
    to: pick(DOMAINS),
    id: pick(['', undefined]),
    version: pick(['1.0', '0.9', undefined]),
  }
}

const RECEIVED: Readonly<Record<string, readonly (() => ServerReceiverInput)[]>> = {
  'awaiting-header': [() => ({ type: 'header', header: header('a.example', 'b.example') })],
  'awaiting-negotiation': [
    () => ({ type: 'element', element: anyElement() }),
    () => ({ type: 'element', element: el('starttls', TLS) }),
    () => ({ type: 'element', element: el('auth', SASL, { mechanism: 'EXTERNAL' }, pick(['', '=', 'YS5leGFtcGxl'])) }),
    () => ({ type: 'element', element: el('bidi', 'urn:xmpp:bidi') }),
    () => ({ type: 'dialback-valid', remote: 'a.example', local: 'b.example' }),
  ],
  'awaiting-handshake': [() => ({ type: 'tls-established' })],
  'awaiting-response': [
    () => ({ type: 'element', element: anyElement() }),
    () => ({ type: 'element', element: el('response', SASL, {}, pick(['', '=', 'YS5leGFtcGxl'])) }),
  ],
  'awaiting-external': [
    () => ({ type: 'external-result', ok: true, domain: pick(['a.example', 'a.example', 'c.example']) }),
    () => ({ type: 'external-result', ok: false }),
    () => ({ type: 'dialback-valid', remote: 'a.example', local: 'b.example' }),
  ],
  established: [() => ({ type: 'element', element: anyElement() })],
  closed: [() => ({ type: 'element', element: anyElement() })],
}
const RECEIVER_ENDINGS: readonly (() => ServerReceiverInput)[] = [
  () => ({ type: 'footer' }),
  () => ({ type: 'tls-failed' }),
  () => ({ type: 'negotiation-timeout' }),
  () => ({ type: 'stream-error', error: new StreamError('not-well-formed') }),
  () => ({ type: 'close', error: new StreamError('system-shutdown') }),
]
const RECEIVER_POLICY: ServerReceiverPolicy = {
  ...DEFAULT_SERVER_RECEIVER_LIMITS,
  ...{ tlsRequired: true, dialbackOffered: true, bidirectional: true, lang: 'en' },
  host: (domain) => domain === 'b.example',
  features: () => [],
  externalOffered: (remote) => remote === 'a.example',
}
const NEEDS_TLS = new Set(['verify-external', 'dialback', 'bidirectional', 'established'])

function nextReceived(state: string): ServerReceiverInput {
  if (random(60) === 0) return pick(RECEIVER_ENDINGS)()
  const name = random(20) === 0 ? pick(Object.keys(RECEIVED)) : state
  return pick(RECEIVED[name] as readonly (() => ServerReceiverInput)[])()
}

function walkReceiver(inputs: unknown[]): void {
  let secured = random(2) === 0
  inputs.push({ secured })
  let step = startServerReceiver(RECEIVER_POLICY, secured)
  let proof = ''
  let established = 0
  for (let count = 0, after = 0; count < 150 && after < 10; count++, after += Number(step.state.name === 'closed')) {
    const before = step.state
    const input = nextReceived(before.name)
    inputs.push(input)
    if (before.name === 'awaiting-handshake' && input.type === 'tls-established') secured = true
    if (secured && input.type === 'dialback-valid') proof ||= 'dialback'
    if (before.name === 'awaiting-external' && input.type === 'external-result' && input.ok) proof = 'external'
    step = stepServerReceiver(before, input, environment)
    for (const output of step.outputs) {
      check(before.name !== 'closed', 'nothing is said after the end')
      check(secured || !NEEDS_TLS.has(output.type), 'TLS comes first')
      check(output.type !== 'close' || step.state.name === 'closed', 'close is the end')
      if (output.type !== 'established') continue
      check(proof !== '' && ++established === 1, 'somebody proved it, and it is said once')
      check(output.remote === 'a.example' && output.local === 'b.example', 'the pair is the one that was proved')
    }
    if ('stream' in step.state && step.state.name !== 'established')
      check(step.state.stream.elements <= RECEIVER_POLICY.maxNegotiationElements, 'elements are bounded')
  }
}

const INITIATED: Readonly<Record<string, readonly (() => ServerInitiatorInput)[]>> = {
  'awaiting-header': [() => ({ type: 'header', header: header('b.example', 'a.example') })],
  'awaiting-features': [() => ({ type: 'element', element: features() })],
  'awaiting-proceed': [() => ({ type: 'element', element: el('proceed', TLS) })],
  'awaiting-external': [
    () => ({ type: 'element', element: el('success', SASL) }),
    () => ({ type: 'element', element: el('failure', SASL, {}, el('not-authorized', SASL)) }),
  ],
  'awaiting-dialback-result': [
    () => ({ type: 'element', element: result(pick(['valid', 'valid', 'invalid', 'error'])) }),
  ],
  'awaiting-handshake': [() => ({ type: 'tls-established', certificate: { verified: random(2) === 0 } })],
  'awaiting-dialback-key': [() => ({ type: 'dialback-key', key: 'key' })],
}
const INITIATOR_ENDINGS: readonly (() => ServerInitiatorInput)[] = [
  () => ({ type: 'footer' }),
  () => ({ type: 'tls-failed', cause: undefined }),
  () => ({ type: 'negotiation-timeout' }),
  () => ({ type: 'connection-lost', cause: undefined }),
]

function nextInitiated(state: string): ServerInitiatorInput {
  if (random(60) === 0) return pick(INITIATOR_ENDINGS)()
  const expected = random(20) === 0 ? undefined : INITIATED[state]
  return expected ? pick(expected)() : { type: 'element', element: anyElement() }
}

function initiatorPolicy(): ServerInitiatorPolicy {
  const flag = () => random(2) === 0
  const domains = { local: 'a.example', remote: 'b.example', negotiationTimeout: 1 }
  const purpose = random(6) === 0 ? 'verify' : 'stanzas'
  return { ...domains, purpose, external: flag(), dialback: flag(), bidirectional: flag() }
}

/** What an element proves in a state. */
function proofOf(state: string, input: ServerInitiatorInput): string | undefined {
  if (input.type !== 'element') return undefined
  const { name, attributes } = input.element
  if (state === 'awaiting-external' && name === 'success') return 'external'
  return state === 'awaiting-dialback-result' && name === 'result' && attributes.type === 'valid'
    ? 'dialback'
    : undefined
}

function walkInitiator(inputs: unknown[]): void {
  const policy = initiatorPolicy()
  let secured = random(2) === 0
  inputs.push({ ...policy, secured })
  let step = startServerInitiator(policy, secured)
  let proof = policy.purpose === 'verify' ? 'none' : ''
  for (let count = 0; count < 20; count++) {
    const before = step.state.name
    const input = nextInitiated(before)
    inputs.push(input)
    if (before === 'awaiting-handshake' && input.type === 'tls-established') secured = true
    proof = proofOf(before, input) ?? proof
    step = stepServerInitiator(step.state, input, environment)
    for (const output of step.outputs) {
      check(before !== 'failed' && before !== 'established', 'nothing is said after the end')
      check(secured || output.type !== 'send' || output.element.is('starttls', TLS), 'nothing but STARTTLS without TLS')
      check(secured || (output.type !== 'established' && output.type !== 'make-dialback-key'), 'TLS comes first')
      check(output.type !== 'established' || output.authentication === proof, 'the peer agreed')
      check(output.type !== 'make-dialback-key' || policy.dialback, 'dialback is by policy')
    }
  }
}

await takeWalks([walkReceiver, walkInitiator])
