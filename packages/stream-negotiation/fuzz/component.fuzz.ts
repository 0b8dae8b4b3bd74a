/**
 * Gives both machines of a component's stream (XEP-0114) inputs in any order: `node --conditions=@parlour/source
 * packages/stream-negotiation/fuzz/component.fuzz.ts --seconds 10 [--seed N]`. Exits 1 with the inputs when a machine
 * throws, says something after its end, establishes a stream without an accepted handshake or for another domain, when one
 * input takes too long, or memory grows.
 */
import { type Element, el } from '@parlour/xml'
import { StreamError, type StreamHeader } from '@parlour/xml-stream'
import {
  COMPONENT_NAMESPACE,
  type ComponentInitiatorInput,
  type ComponentReceiverInput,
  type ComponentReceiverPolicy,
  startComponentInitiator,
  startComponentReceiver,
  stepComponentInitiator,
  stepComponentReceiver,
} from '../src/index.ts'
import { check, environment, pick, random, takeWalks } from './random-walks.ts'

const STREAM = 'http://etherx.jabber.org/streams'
const NAMESPACES = [COMPONENT_NAMESPACE, 'jabber:client', 'jabber:server', STREAM, 'urn:x', '']
const NAMES = ['handshake', 'handshake', 'message', 'iq', 'error', 'features', 'starttls']
const DOMAINS = ['gateway.example', 'GATEWAY.example', 'other.example', 'x@gateway.example', '', '@', undefined]
const TEXTS = ['', 'aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e', 'x'.repeat(5000), 'ü\u{fffd}', '&amp;']

const header = (): StreamHeader => ({
  namespace: random(4) > 0 ? COMPONENT_NAMESPACE : pick(NAMESPACES),
  from: pick(DOMAINS),
  to: random(3) > 0 ? 'gateway.example' : pick(DOMAINS),
  id: pick([...TEXTS, undefined]),
})
const element = (): Element => el(pick(NAMES), pick(NAMESPACES), { id: pick(TEXTS) }, pick(TEXTS))
const handshake = (): Element => el('handshake', COMPONENT_NAMESPACE, {}, pick(TEXTS))
const ENDINGS = [() => ({ type: 'footer' }) as const, () => ({ type: 'negotiation-timeout' }) as const]
const RECEIVER_ENDINGS = [
  ...ENDINGS,
  () => ({ type: 'stream-error', error: new StreamError('not-well-formed') }) as const,
]
const INITIATOR_ENDINGS = [...ENDINGS, () => ({ type: 'connection-lost', cause: undefined }) as const]

const RECEIVED: Readonly<Record<string, () => ComponentReceiverInput>> = {
  'awaiting-header': () => ({ type: 'header', header: header() }),
  'awaiting-handshake': () => ({ type: 'element', element: pick([handshake, handshake, element])() }),
  'awaiting-verdict': () => ({ type: 'verdict', error: pick([undefined, new StreamError('not-authorized')]) }),
  established: () => ({ type: 'element', element: element() }),
  closed: () => ({ type: 'element', element: element() }),
}
const RECEIVER_POLICY: ComponentReceiverPolicy = {
  component: (domain) => (domain === 'gateway.example' ? domain : undefined),
  lang: 'en',
  negotiationTimeout: 1,
}

function walkReceiver(inputs: unknown[]): void {
  let step = startComponentReceiver(RECEIVER_POLICY)
  let accepted = false
  let asked = 0
  let established = 0
  for (let count = 0; count < 20; count++) {
    const before = step.state
    const expected = random(12) === 0 ? pick(Object.values(RECEIVED)) : RECEIVED[before.name]
    const input = random(20) === 0 ? pick(RECEIVER_ENDINGS)() : (expected as () => ComponentReceiverInput)()
    inputs.push(input)
    if (before.name === 'awaiting-verdict' && input.type === 'verdict' && !input.error) accepted = true
    step = stepComponentReceiver(before, input, environment)
    for (const output of step.outputs) {
      check(before.name !== 'closed' && before.name !== 'established', 'nothing is said after the end')
      check(output.type !== 'close' || step.state.name === 'closed', 'close is the end')
      if (output.type === 'verify')
        check(output.domain === 'gateway.example' && ++asked === 1, 'one handshake a stream')
      if (output.type === 'send-header') check(output.header.from !== 'other.example', 'no foreign name is claimed')
      if (output.type !== 'established') continue
      check(accepted && ++established === 1, 'the handshake was accepted, and it is said once')
      check(output.domain === 'gateway.example', 'the domain is the one that was asked for')
    }
  }
}

const INITIATED: Readonly<Record<string, () => ComponentInitiatorInput>> = {
  'awaiting-header': () => ({ type: 'header', header: header() }),
  'awaiting-digest': () => ({ type: 'digest', handshake: pick(TEXTS) }),
  'awaiting-acknowledgement': () => ({ type: 'element', element: pick([handshake, element])() }),
}

function walkInitiator(inputs: unknown[]): void {
  let step = startComponentInitiator({ domain: 'gateway.example', negotiationTimeout: 1 })
  for (let count = 0; count < 20; count++) {
    const before = step.state
    const expected = random(12) === 0 ? pick(Object.values(INITIATED)) : INITIATED[before.name]
    const input = random(20) === 0 ? pick(INITIATOR_ENDINGS)() : (expected ?? pick(Object.values(INITIATED)))()
    inputs.push(input)
    step = stepComponentInitiator(before, input)
    for (const output of step.outputs) {
      check(before.name !== 'failed' && before.name !== 'established', 'nothing is said after the end')
      check(output.type !== 'established' || before.name === 'awaiting-acknowledgement', 'the server has accepted it')
      check(output.type !== 'established' || input.type === 'element', 'it said so with an element')
    }
  }
}

await takeWalks([walkReceiver, walkInitiator])
