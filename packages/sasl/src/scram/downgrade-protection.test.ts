import { describe, expect, test } from 'vitest'
import { CHANNEL_BINDINGS, clientOptions, serverOptions } from '../../test/accounts.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { decodeText } from '../bytes.ts'
import { createSaslClient, createSaslServer, type SaslClientOptions, type SaslServerOptions } from '../index.ts'
import { hashOffer, offerText, tlsVersionAttribute } from './downgrade-protection.ts'

const TYPES = [...CHANNEL_BINDINGS.keys()]

/** Runs the two halves up to the client's judgement of server-first-message. */
async function begin(client: Partial<SaslClientOptions>, server: Partial<SaslServerOptions> = {}) {
  const receiver = createSaslServer(
    serverOptions({
      downgradeProtection: true,
      announcedChannelBindings: TYPES,
      tlsVersion: 'TLSv1.3',
      externalIdentities: [],
      ...server,
    }),
  )
  const initiator = createSaslClient(
    clientOptions({ offered: receiver.mechanisms, offeredChannelBindings: TYPES, tlsVersion: 'TLSv1.3', ...client }),
  )
  const challenge = await receiver.start(initiator.mechanism, initiator.start.initialResponse)
  if (challenge.type !== 'challenge') throw new Error(challenge.type)
  const reply = await initiator.challenge(challenge.data)
  const end = reply.type === 'response' ? await receiver.respond(reply.data) : undefined
  return { first: decodeText(challenge.data), reply, end }
}

const DOWNGRADE = { type: 'failure', error: { code: 'channel-binding-downgrade' } }

describe('what was offered is signed (XEP-0474)', () => {
  test('§6.3: the value of the example', async () => {
    const offer = {
      mechanisms: ['SCRAM-SHA-1', 'SCRAM-SHA-1-PLUS'],
      channelBindings: ['tls-server-end-point', 'tls-exporter'],
    }
    expect(await hashOffer(offer, 'SHA-1', nodeCrypto)).toBe('G6k/rBLDqgOhRRaCuuatSDFkJ08=')
  })

  test('§6.1: sorted, joined by 1E, the channel bindings behind 1F only if they were announced', () => {
    expect(offerText({ mechanisms: ['b', 'B', 'a'], channelBindings: ['y', 'x'] })).toBe('B\x1ea\x1eb\x1fx\x1ey')
    expect(offerText({ mechanisms: ['a'], channelBindings: undefined })).toBe('a')
    expect(offerText({ mechanisms: ['a'], channelBindings: [] })).toBe('a\x1f')
  })

  test('§6.1: the server adds `h` to its first message, and both sign it', async () => {
    const { first, end } = await begin({})
    expect(first).toMatch(/,i=4096,h=[A-Za-z0-9+/]{86}==,t=0304$/)
    expect(end?.type).toBe('success')
  })

  test.each<[string, Partial<SaslClientOptions>]>([
    [
      'all but one mechanism',
      { offered: ['SCRAM-SHA-1'], offeredChannelBindings: undefined, channelBindings: new Map() },
    ],
    ['mechanisms', { offered: ['SCRAM-SHA-512-PLUS', 'PLAIN'] }],
    ['channel bindings', { offeredChannelBindings: ['tls-server-end-point'] }],
  ])('§6.2: %s that were removed on the way end the authentication', async (_, changed) => {
    expect((await begin(changed)).reply).toMatchObject(DOWNGRADE)
  })

  test('a server that does not sign is taken as before', async () => {
    const { first, end } = await begin({}, { downgradeProtection: false, tlsVersion: undefined })
    expect(first).toMatch(/,i=4096$/)
    expect(end?.type).toBe('success')
  })

  test('§7: where no announced type is known, the offer has to be signed', async () => {
    const unknown = { announcedChannelBindings: ['x-dummy'] }
    const seen = { offeredChannelBindings: ['x-dummy'] }
    expect((await begin(seen, unknown)).end?.type).toBe('success')
    expect((await begin(seen, { ...unknown, downgradeProtection: false })).reply).toMatchObject(DOWNGRADE)
    expect((await begin(seen)).reply).toMatchObject(DOWNGRADE)
  })
})

describe('the version of TLS is signed (XEP-0515)', () => {
  test('§4.2: another version than the client has ends the authentication', async () => {
    expect((await begin({ tlsVersion: 'TLSv1.2' })).reply).toMatchObject(DOWNGRADE)
    expect((await begin({ tlsVersion: 'TLSv1.2' }, { downgradeProtection: false })).reply).toMatchObject(DOWNGRADE)
    expect((await begin({ tlsVersion: undefined })).end?.type).toBe('success')
  })

  test('§4.1: four hexadecimal digits', () => {
    expect(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3', 'TLSv2'].map(tlsVersionAttribute)).toEqual([
      '0301',
      '0302',
      '0303',
      '0304',
      undefined,
    ])
  })
})
