import { el } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { createTlsInitiator, stepTlsInitiator, type TlsInitiatorState } from './initiator.ts'
import { createTlsReceiver, mayAuthenticate, stepTlsReceiver, tlsFeature } from './receiver.ts'
import {
  isStarttlsCommand,
  parseStarttlsFeature,
  STARTTLS_COMMAND,
  starttlsFeature,
  TLS_NAMESPACE,
} from './starttls.ts'
import type { TlsOutput } from './tls-machine.ts'

const STREAM = 'http://etherx.jabber.org/streams'
const features = (...children: Parameters<typeof el>[3][]) => el('features', STREAM, {}, ...children)
const plain = { secured: false, available: true, required: true }
const names = (outputs: readonly TlsOutput[]) =>
  outputs.map((output) => (output.type === 'send' ? output.element.name : output.type))

describe('receiving entity', () => {
  test('RFC 6120 §5.4.1: TLS that is available is offered, with <required/> where it is mandatory', () => {
    expect(parseStarttlsFeature(tlsFeature(createTlsReceiver(plain)))).toEqual({ required: true })
    expect(parseStarttlsFeature(tlsFeature(createTlsReceiver({ ...plain, required: false })))).toEqual({
      required: false,
    })
    expect(tlsFeature(createTlsReceiver({ ...plain, available: false }))).toBeUndefined()
  })

  test('XEP-0368 §3: over direct TLS it is not offered, and the command is refused', () => {
    const state = createTlsReceiver({ ...plain, secured: true })
    expect(tlsFeature(state)).toBeUndefined()
    expect(names(stepTlsReceiver(state, { type: 'element', element: STARTTLS_COMMAND }).outputs)).toEqual([
      'failure',
      'close',
    ])
  })

  test('RFC 6120 §5.4.2.3, §5.4.3.3: proceed, handshake, new stream; never offered again', () => {
    const commanded = stepTlsReceiver(createTlsReceiver(plain), { type: 'element', element: STARTTLS_COMMAND })
    expect(names(commanded.outputs)).toEqual(['proceed', 'start-tls'])
    const secured = stepTlsReceiver(commanded.state, { type: 'tls-established' })
    expect(secured).toEqual({ state: { name: 'secured' }, outputs: [{ type: 'restart' }] })
    expect(tlsFeature(secured.state)).toBeUndefined()
  })

  test('CVE-2014-8760: whether authentication may begin is asked of the state of TLS itself', () => {
    expect(mayAuthenticate(createTlsReceiver(plain))).toBe(false)
    expect(mayAuthenticate({ name: 'awaiting-handshake' })).toBe(false)
    expect(mayAuthenticate({ name: 'closed' })).toBe(false)
    expect(mayAuthenticate({ name: 'secured' })).toBe(true)
    expect(mayAuthenticate(createTlsReceiver({ ...plain, required: false }))).toBe(true)
  })

  test.each([
    ['malformed', plain, el('starttls', TLS_NAMESPACE, {}, 'x')],
    ['of another name', plain, el('proceed', TLS_NAMESPACE)],
    ['not offered', { ...plain, available: false, required: false }, STARTTLS_COMMAND],
  ])('RFC 6120 §5.4.2.2: a command that is %s gets <failure/>, </stream>, the end', (_, options, element) => {
    const { state, outputs } = stepTlsReceiver(createTlsReceiver(options), { type: 'element', element })
    expect(names(outputs)).toEqual(['failure', 'close'])
    expect(outputs.at(-1)).toEqual({ type: 'close', footer: true })
    expect(stepTlsReceiver(state, { type: 'element', element }).outputs).toEqual([])
  })

  test('RFC 6120 §5.4.3.2, §5.3.5: a failed handshake or a renegotiation ends the connection without </stream>', () => {
    for (const name of ['awaiting-handshake', 'secured'] as const)
      expect(stepTlsReceiver({ name }, { type: 'tls-failed' }).outputs).toEqual([{ type: 'close', footer: false }])
  })
})

describe('initiating entity', () => {
  const start = (policy: 'required' | 'optional' | 'none', ...offered: Parameters<typeof features>) =>
    stepTlsInitiator(createTlsInitiator(policy, false), { type: 'features', features: features(...offered) })

  test('RFC 6120 §5.4: command, proceed, handshake, new stream', () => {
    const commanded = start('required', starttlsFeature(true))
    expect(names(commanded.outputs)).toEqual(['starttls'])
    const proceeded = stepTlsInitiator(commanded.state, { type: 'element', element: el('proceed', TLS_NAMESPACE) })
    expect(names(proceeded.outputs)).toEqual(['start-tls'])
    const secured = stepTlsInitiator(proceeded.state, { type: 'tls-established' })
    expect(secured).toEqual({ state: { name: 'secured' }, outputs: [{ type: 'restart' }] })
  })

  test.each([
    ['required', undefined, 'starttls-not-offered'],
    ['none', starttlsFeature(true), 'starttls-required'],
  ] as const)('CVE-2016-10027: policy %s against offer %s fails with %s', (policy, offer, failure) => {
    expect(start(policy, offer).state).toEqual({ name: 'failed', failure })
  })

  test.each([
    ['optional', undefined, 'plain'],
    ['optional', starttlsFeature(false), 'awaiting-proceed'],
    ['none', starttlsFeature(false), 'plain'],
  ] as const)('RFC 6120 §5.3.1: policy %s against offer %s leads to %s', (policy, offer, name) => {
    expect(start(policy, offer).state.name).toBe(name)
  })

  test.each([
    [{ type: 'element', element: el('failure', TLS_NAMESPACE) }, 'starttls-refused'],
    [{ type: 'element', element: el('proceed', 'urn:other') }, 'starttls-unexpected-answer'],
    [{ type: 'tls-established' }, 'starttls-unexpected-answer'],
  ] as const)('RFC 6120 §5.4.2: the answer %j is %s', (input, failure) => {
    expect(stepTlsInitiator({ name: 'awaiting-proceed' }, input).state).toEqual({ name: 'failed', failure })
  })

  test('RFC 6120 §5.4.3.2: a failed handshake ends without </stream>', () => {
    const { state, outputs } = stepTlsInitiator({ name: 'awaiting-handshake' }, { type: 'tls-failed' })
    expect(state).toEqual({ name: 'failed', failure: 'tls-failed' })
    expect(outputs).toEqual([{ type: 'close', footer: false }])
  })

  test('XEP-0368 §3: over direct TLS nothing is left to do, and what ended stays ended', () => {
    const states: TlsInitiatorState[] = [
      createTlsInitiator('required', true),
      { name: 'failed', failure: 'tls-failed' },
    ]
    for (const state of states)
      expect(stepTlsInitiator(state, { type: 'features', features: features(starttlsFeature(true)) }).outputs).toEqual(
        [],
      )
  })
})

test('the two halves meet without a socket', () => {
  let receiver = createTlsReceiver(plain)
  let initiator = createTlsInitiator('required', false)
  const toReceiver = stepTlsInitiator(initiator, { type: 'features', features: features(tlsFeature(receiver)) })
  initiator = toReceiver.state
  for (const output of toReceiver.outputs) {
    if (output.type !== 'send') continue
    expect(isStarttlsCommand(output.element)).toBe(true)
    const answer = stepTlsReceiver(receiver, { type: 'element', element: output.element })
    receiver = answer.state
    for (const sent of answer.outputs)
      if (sent.type === 'send')
        initiator = stepTlsInitiator(initiator, { type: 'element', element: sent.element }).state
  }
  expect([receiver.name, initiator.name]).toEqual(['awaiting-handshake', 'awaiting-handshake'])
})
