import { createHash } from 'node:crypto'
import { webCrypto } from '@parlour/sasl'
import { el } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  COMPONENT_NAMESPACE,
  type ComponentInitiatorInput,
  type ComponentInitiatorOutput,
  type ComponentInitiatorState,
  type ComponentReceiverInput,
  type ComponentReceiverOutput,
  type ComponentReceiverState,
  componentHandshake,
  equalHandshakes,
  startComponentInitiator,
  startComponentReceiver,
  stepComponentInitiator,
  stepComponentReceiver,
} from './index.ts'

const environment = { randomBytes: (n: number) => new Uint8Array(n).fill(7) }
const crypto = { digest: (_: string, message: Uint8Array) => createHash('sha1').update(message).digest() }
const POLICY = {
  component: (domain: string) => (domain === 'plays.shakespeare.lit' ? domain : undefined),
  lang: 'en',
  negotiationTimeout: 30_000,
}
const types = (outputs: readonly { readonly type: string }[]) => outputs.map(({ type }) => type)

/** The server's half in a state, and what it said last. */
class Receiver {
  state: ComponentReceiverState
  outputs: readonly ComponentReceiverOutput[]

  constructor() {
    ;({ state: this.state, outputs: this.outputs } = startComponentReceiver(POLICY))
  }

  take(input: ComponentReceiverInput): readonly ComponentReceiverOutput[] {
    ;({ state: this.state, outputs: this.outputs } = stepComponentReceiver(this.state, input, environment))
    return this.outputs
  }

  get error(): string | undefined {
    const close = this.outputs.find(({ type }) => type === 'close')
    return close?.type === 'close' ? close.error?.condition : undefined
  }
}

class Initiator {
  state: ComponentInitiatorState
  outputs: readonly ComponentInitiatorOutput[]

  constructor() {
    const start = startComponentInitiator({ domain: 'plays.shakespeare.lit', negotiationTimeout: 30_000 })
    ;({ state: this.state, outputs: this.outputs } = start)
  }

  take(input: ComponentInitiatorInput): readonly ComponentInitiatorOutput[] {
    ;({ state: this.state, outputs: this.outputs } = stepComponentInitiator(this.state, input))
    return this.outputs
  }
}

const HEADER = { type: 'header', header: { namespace: COMPONENT_NAMESPACE, to: 'plays.shakespeare.lit' } } as const
const handshake = (text: string) => el('handshake', COMPONENT_NAMESPACE, {}, text)

describe('XEP-0114 §3', () => {
  test('its example: "SHA1( concat (sid, password))", in lowercase', async () => {
    const expected = 'aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e'
    expect(componentHandshake('3BF96D32', 'test', crypto)).toBe(expected)
    expect(await componentHandshake('3BF96D32', 'test', webCrypto)).toBe(expected)
  })

  test('both halves, one with the other', () => {
    const [server, component] = [new Receiver(), new Initiator()]
    expect(types(component.outputs)).toEqual(['set-negotiation-timer', 'send-header'])
    const [answer] = server.take(HEADER)
    if (answer?.type !== 'send-header') throw new Error('no header')
    const [wanted] = component.take({ type: 'header', header: answer.header })
    if (wanted?.type !== 'make-handshake') throw new Error('no handshake')
    const digest = componentHandshake(wanted.streamId, 'secret', crypto) as string
    const [said] = component.take({ type: 'digest', handshake: digest })
    if (said?.type !== 'send') throw new Error('nothing said')
    const [verify] = server.take({ type: 'element', element: said.element })
    expect(verify).toEqual({
      type: 'verify',
      domain: 'plays.shakespeare.lit',
      streamId: answer.header.id,
      handshake: digest,
    })
    const accepted = server.take({ type: 'verdict', error: undefined })
    expect(types(accepted)).toEqual(['clear-negotiation-timer', 'send', 'established'])
    expect(types(component.take({ type: 'element', element: handshake('') }))).toEqual([
      'clear-negotiation-timer',
      'established',
    ])
    expect([server.state.name, component.state.name]).toEqual(['established', 'established'])
    expect([server.take({ type: 'negotiation-timeout' }), component.take({ type: 'negotiation-timeout' })]).toEqual([
      [],
      [],
    ])
  })
})

describe('the receiving half', () => {
  test.each([
    ['another domain', { ...HEADER.header, to: 'shakespeare.lit' }, 'host-unknown'],
    ['an address', { ...HEADER.header, to: 'a@plays.shakespeare.lit' }, 'host-unknown'],
    ['none', { namespace: COMPONENT_NAMESPACE }, 'host-unknown'],
    ['another namespace', { ...HEADER.header, namespace: 'jabber:client' }, 'invalid-namespace'],
  ])('a header to %s: a header, then the error', (_, header, condition) => {
    const server = new Receiver()
    expect(types(server.take({ type: 'header', header }))).toEqual(['send-header', 'clear-negotiation-timer', 'close'])
    expect(server.error).toBe(condition)
  })

  test.each([
    [
      'a stanza before the handshake',
      { type: 'element', element: el('message', COMPONENT_NAMESPACE) },
      'not-authorized',
    ],
    ['a second header', HEADER, 'policy-violation'],
    ['no more time', { type: 'negotiation-timeout' }, 'connection-timeout'],
    ['no XML', { type: 'stream-error', error: new StreamError('not-well-formed') }, 'not-well-formed'],
    ['the end', { type: 'footer' }, undefined],
  ] as const)('%s', (_, input, condition) => {
    const server = new Receiver()
    server.take(HEADER)
    expect(types(server.take(input))).toEqual(['clear-negotiation-timer', 'close'])
    expect(server.error).toBe(condition)
    expect(server.take({ type: 'verdict', error: undefined })).toEqual([])
  })

  test('something else while the handshake is judged, and a verdict against it', () => {
    for (const [input, condition] of [
      [{ type: 'element', element: handshake('again') }, 'policy-violation'],
      [{ type: 'verdict', error: new StreamError('conflict') }, 'conflict'],
    ] as const) {
      const server = new Receiver()
      server.take(HEADER)
      server.take({ type: 'element', element: handshake('0') })
      server.take(input)
      expect(server.error).toBe(condition)
    }
  })
})

describe('the initiating half', () => {
  const STREAM_ERROR = (condition: 'not-authorized' | 'conflict') => ({
    type: 'element' as const,
    element: new StreamError(condition).toElement(),
  })
  test.each([
    ['not-authorized', STREAM_ERROR('not-authorized'), 'authentication-failed'],
    ['conflict', STREAM_ERROR('conflict'), 'stream-error'],
    ['a stanza', { type: 'element', element: el('message', COMPONENT_NAMESPACE) }, 'unexpected-element'],
    ['the end', { type: 'footer' }, 'stream-closed'],
    ['no connection', { type: 'connection-lost', cause: undefined }, 'connection-lost'],
    ['no more time', { type: 'negotiation-timeout' }, 'timeout'],
    ['no more patience', { type: 'abort', cause: 'enough' }, 'aborted'],
  ] as const)('%s instead of <handshake/>', (_, input, code) => {
    const component = new Initiator()
    component.take({ type: 'header', header: { namespace: COMPONENT_NAMESPACE, id: '1' } })
    component.take({ type: 'digest', handshake: '0' })
    expect(types(component.take(input))).toEqual(['clear-negotiation-timer', 'failed'])
    expect(component.state).toMatchObject({ name: 'failed', error: { code } })
    expect(component.take({ type: 'element', element: handshake('') })).toEqual([])
  })
})

test('handshakes are equal if they are the same', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(equalHandshakes(a, a)).toBe(true)
      expect(equalHandshakes(a, b)).toBe(a === b)
    }),
  )
})
