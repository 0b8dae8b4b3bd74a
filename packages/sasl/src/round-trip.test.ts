import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CHANNEL_BINDINGS, clientOptions, PASSWORD, serverOptions } from '../test/accounts.ts'
import { nodeCrypto } from '../test/node-crypto.ts'
import {
  createSaslClient,
  createSaslServer,
  deriveScramCredentials,
  MECHANISM_NAMES,
  type MechanismName,
  preparePassword,
  type SaslClientOptions,
  type SaslFailure,
  type SaslResult,
  type SaslServerOptions,
  type SaslSuccess,
  webCrypto,
} from './index.ts'

const SCRAM = MECHANISM_NAMES.filter((name) => name.startsWith('SCRAM'))
const WITH_PASSWORD: readonly MechanismName[] = [...SCRAM, 'PLAIN']

interface End {
  readonly server: SaslSuccess | SaslFailure
  readonly client?: SaslResult
}

/** Changes a message on its way; the count says which of an exchange's messages it is. */
type OnTheWay = (message: Uint8Array, count: number) => Uint8Array

/** Runs the two halves against each other, to the end. */
async function signIn(
  client: SaslClientOptions,
  server: SaslServerOptions,
  onTheWay: OnTheWay = (m) => m,
): Promise<End> {
  const initiator = createSaslClient(client)
  const receiver = createSaslServer(server)
  let count = 0
  const carry = (message: Uint8Array) => onTheWay(message, count++)
  let outcome = await receiver.start(initiator.mechanism, carry(initiator.start.initialResponse))
  while (outcome.type === 'challenge') {
    const reply = await initiator.challenge(carry(outcome.data))
    if (reply.type === 'failure') return { server: { type: 'failure', condition: 'aborted' }, client: reply }
    outcome = await receiver.respond(carry(reply.data))
  }
  if (outcome.type === 'failure') return { server: outcome }
  return { server: outcome, client: await initiator.success(outcome.data && carry(outcome.data)) }
}

/** A mechanism whose offer contradicts nothing: -PLUS is offered only where it is what is tried. */
function only(mechanism: MechanismName): Pick<SaslServerOptions, 'mechanisms'> & Pick<SaslClientOptions, 'offered'> {
  return { mechanisms: [mechanism], offered: [mechanism] }
}

function canBePrepared(password: string): boolean {
  try {
    return preparePassword(password) !== ''
  } catch {
    return false
  }
}

const clientFor = (mechanism: MechanismName, changes: Partial<SaslClientOptions> = {}) =>
  clientOptions({
    offered: only(mechanism).offered,
    offeredChannelBindings: mechanism.endsWith('-PLUS') ? [...CHANNEL_BINDINGS.keys()] : undefined,
    ...changes,
  })
const serverFor = (mechanism: MechanismName, changes: Partial<SaslServerOptions> = {}) =>
  serverOptions({ mechanisms: only(mechanism).mechanisms, ...changes })

describe('client against server', () => {
  test.each(MECHANISM_NAMES)('%s signs in', async (mechanism) => {
    const end = await signIn(clientFor(mechanism), serverFor(mechanism))
    expect(end.server).toMatchObject({ type: 'success', mechanism })
    expect(end.client).toMatchObject({ type: 'success', mechanism })
    if (mechanism !== 'ANONYMOUS') expect(end.server).toMatchObject({ identity: 'juliet@example.org' })
  })

  test.each(MECHANISM_NAMES)('%s signs in over WebCrypto', async (mechanism) => {
    const end = await signIn(clientFor(mechanism, { crypto: webCrypto }), serverFor(mechanism, { crypto: webCrypto }))
    expect(end.client).toMatchObject({ type: 'success', mechanism })
  })

  test.each(WITH_PASSWORD)('%s: a wrong password is not-authorized', async (mechanism) => {
    const end = await signIn(clientFor(mechanism, { password: 'wherefore' }), serverFor(mechanism))
    expect(end.server).toMatchObject({ type: 'failure', condition: 'not-authorized' })
    expect(end.client).toBeUndefined()
  })

  test.each(WITH_PASSWORD)('%s: an unknown user is not-authorized (RFC 6120 §6.5.10)', async (mechanism) => {
    const end = await signIn(clientFor(mechanism, { username: 'rosaline' }), serverFor(mechanism))
    expect(end.server).toMatchObject({ type: 'failure', condition: 'not-authorized' })
  })

  test.each(WITH_PASSWORD)('%s: a disabled account is told so once the password is right', async (mechanism) => {
    const right = await signIn(clientFor(mechanism, { username: 'tybalt' }), serverFor(mechanism))
    expect(right.server).toMatchObject({ condition: 'account-disabled', text: 'Call 212-555-1212.' })
    const wrong = await signIn(clientFor(mechanism, { username: 'tybalt', password: 'x' }), serverFor(mechanism))
    expect(wrong.server).toMatchObject({ condition: 'not-authorized' })
  })

  test.each(WITH_PASSWORD)('%s: the authzid must be the identity (RFC 6120 §6.5.6)', async (mechanism) => {
    const as = (authorizationId: string) => signIn(clientFor(mechanism, { authorizationId }), serverFor(mechanism))
    expect((await as('romeo@example.org')).server).toMatchObject({ condition: 'invalid-authzid' })
    expect((await as('juliet@example.org/balcony')).server).toMatchObject({ condition: 'invalid-authzid' })
    expect((await as('juliet')).server).toMatchObject({ condition: 'invalid-authzid' })
    expect((await as('Juliet@Example.org')).server).toMatchObject({
      identity: 'juliet@example.org',
      authorizationId: 'Juliet@Example.org',
    })
  })

  test.each(WITH_PASSWORD)('%s: a wrong password with a foreign authzid is not-authorized', async (mechanism) => {
    const client = clientFor(mechanism, { password: 'x', authorizationId: 'romeo@example.org' })
    expect((await signIn(client, serverFor(mechanism))).server).toMatchObject({ condition: 'not-authorized' })
  })

  test.each(WITH_PASSWORD)(
    '%s: a back end that is down is temporary-auth-failure (RFC 6120 §6.5.11)',
    async (mechanism) => {
      const cause = new Error('no connection')
      const thrown = serverFor(mechanism, {
        credentials: {
          lookUp: () => {
            throw cause
          },
        },
      })
      const rejected = serverFor(mechanism, { credentials: { lookUp: () => Promise.reject(cause) } })
      for (const server of [thrown, rejected]) {
        expect((await signIn(clientFor(mechanism), server)).server).toMatchObject({
          condition: 'temporary-auth-failure',
          cause,
        })
      }
    },
  )

  test.each(WITH_PASSWORD)('%s: passwords and names with any characters that may be in them', async (mechanism) => {
    const names = fc.stringMatching(/^[a-z0-9=,.!#$%()*+;?[\]^_`{|}~éßü-]{1,20}$/)
    const passwords = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(names, passwords, async (username, password) => {
        fc.pre(canBePrepared(password))
        const server = serverFor(mechanism, {
          credentials: {
            lookUp: (_username, hash) =>
              deriveScramCredentials(password, { hash, salt: new Uint8Array(16), crypto: nodeCrypto }),
          },
        })
        const end = await signIn(clientFor(mechanism, { username, password }), server)
        expect(end.client).toMatchObject({ type: 'success' })
      }),
      { numRuns: 15 },
    )
  })

  test.each(SCRAM)('%s: no changed message goes through', async (mechanism) => {
    const change = fc.record({
      message: fc.integer({ min: 0, max: 3 }),
      at: fc.nat(),
      kind: fc.constantFrom('replace', 'insert', 'remove', 'cut'),
      octet: fc.integer({ min: 0, max: 255 }),
    })
    await fc.assert(
      fc.asyncProperty(change, async ({ message, at, kind, octet }) => {
        let changed = false
        const end = await signIn(clientFor(mechanism), serverFor(mechanism), (bytes, count) => {
          if (count !== message) return bytes
          const octets = [...bytes]
          const place = at % octets.length
          if (kind === 'replace') octets[place] = octet
          else if (kind === 'insert') octets.splice(place, 0, octet)
          else octets.splice(place, kind === 'cut' ? octets.length : 1)
          changed = octets.length !== bytes.length || octets[place] !== bytes[place]
          return Uint8Array.from(octets)
        })
        expect(end.client?.type === 'success').toBe(!changed)
      }),
      { numRuns: 60 },
    )
  })

  test('a man in the middle of two TLS connections is noticed (RFC 5802 §6)', async () => {
    const others = new Map([['tls-exporter', new Uint8Array(32).fill(8)]] as const)
    for (const mechanism of SCRAM.filter((name) => name.endsWith('-PLUS'))) {
      const end = await signIn(clientFor(mechanism, { channelBindings: others }), serverFor(mechanism))
      expect(end.server).toMatchObject({ condition: 'not-authorized', reason: 'channel-bindings-dont-match' })
    }
  })

  test('who takes the -PLUS mechanisms out of the offer is noticed: `y` (RFC 5802 §6)', async () => {
    const client = clientOptions({ offered: ['SCRAM-SHA-256'], offeredChannelBindings: undefined })
    const end = await signIn(client, serverOptions())
    expect(end.server).toMatchObject({ condition: 'not-authorized', reason: 'server-does-support-channel-binding' })
  })

  test('a client that cannot bind signs in without (`n`), where -PLUS is offered', async () => {
    const client = clientOptions({
      offered: ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'],
      channelBindings: new Map(),
      password: PASSWORD,
    })
    expect((await signIn(client, serverOptions())).client).toMatchObject({ mechanism: 'SCRAM-SHA-256' })
  })
})

describe('with ports that answer at once', () => {
  test.each(MECHANISM_NAMES)('%s: neither half ever makes one wait', (mechanism) => {
    const initiator = createSaslClient(clientFor(mechanism))
    const receiver = createSaslServer(serverFor(mechanism))
    let outcome = receiver.start(mechanism, initiator.start.initialResponse)
    while (!(outcome instanceof Promise) && outcome.type === 'challenge') {
      const reply = initiator.challenge(outcome.data)
      if (reply instanceof Promise || reply.type !== 'response') throw new Error('the client waits')
      outcome = receiver.respond(reply.data)
    }
    expect(outcome).toMatchObject({ type: 'success' })
  })
})
