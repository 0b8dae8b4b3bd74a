import { pbkdf2Sync } from 'node:crypto'
import { parseJid } from '@parlour/jid'
import {
  authenticateElement,
  deriveScramCredentials,
  nextElement,
  readAuthenticationOffer,
  readContinue,
  SASL2_NAMESPACE,
  type ScramCredentials,
  taskDataElement,
  upgradeRequestElement,
} from '@parlour/sasl'
import { type Element, el } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { quickCrypto } from '../kernel.fixture.ts'
import { encodeText, toBase64 } from './octets-text.ts'
import { JULIET, PHONE, requestToken, Server, tokenOf, type Visitor } from './sign-in.fixture.ts'

const UPGRADE = 'UPGR-SCRAM-SHA-256'
const NAMESPACE = 'urn:xmpp:scram-upgrade:0'

/** A server whose account came with a verifier for SHA-1 only. */
async function imported(): Promise<Server> {
  const server = await Server.open({ authentication: { mechanisms: ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'] } })
  const salt = new Uint8Array(16).fill(7)
  const old = await deriveScramCredentials('secret', { hash: 'SHA-1', salt, crypto: quickCrypto })
  await server.kernel.accounts.setCredentials(JULIET, [old as ScramCredentials])
  return server
}

/** Signs in by PLAIN and asks for the tasks. */
async function ask(server: Server, ...tasks: string[]) {
  const visitor = await server.connect()
  await visitor.features()
  const inline = tasks.map(upgradeRequestElement)
  const request = { mechanism: 'PLAIN', initialResponse: encodeText('\0juliet\0secret'), inline }
  const [first] = await visitor.say(authenticateElement(request))
  return { visitor, first: first as Element }
}

const salted = (task: Element): string => {
  const salt = task.child('salt', NAMESPACE)
  const octets = Uint8Array.from(atob(salt?.text() ?? ''), (octet) => octet.charCodeAt(0))
  // One round: that is what the cryptography of these tests does.
  return toBase64(pbkdf2Sync('secret', octets, 1, 32, 'sha256'))
}

const finish = (visitor: Visitor, hash: string) => visitor.say(taskDataElement(el('hash', NAMESPACE, {}, hash)))

describe('upgrades of verifiers (XEP-0480)', () => {
  test('§2.1: are announced where an account lacks them, and what it cannot use is not offered meanwhile', async () => {
    const features = await (await (await imported()).connect()).features()
    const offer = readAuthenticationOffer(features.find(({ namespace }) => namespace === SASL2_NAMESPACE) as Element)
    expect(offer.upgrades).toEqual(['UPGR-SCRAM-SHA-256', 'UPGR-SCRAM-SHA-512'])
    expect(offer.mechanisms).toEqual(['SCRAM-SHA-1', 'PLAIN'])
  })

  test('§2.2, §3: a single task, then the salt and the count, then the salted password; the new verifier signs in', async () => {
    const server = await imported()
    const { visitor, first } = await ask(server, UPGRADE)
    expect(readContinue(first)).toMatchObject({ tasks: [UPGRADE] })
    const [data] = (await visitor.say(nextElement(UPGRADE))) as [Element]
    expect(data.child('salt', NAMESPACE)?.attribute('iterations')).toBe('4096')
    const [success] = (await finish(visitor, salted(data))) as [Element]
    expect(success.name).toBe('success')
    const account = await server.kernel.accounts.find(JULIET)
    expect(account?.credentials('SHA-1')).toBeDefined()
    expect(account?.credentials('SHA-256')).toBeDefined()
    expect((await (await server.connect()).signIn()).identifier).toBe('juliet@example.com')
  })

  test('§2.2: several tasks come one after another', async () => {
    const server = await imported()
    const { visitor } = await ask(server, UPGRADE, 'UPGR-SCRAM-SHA-512')
    const [data] = (await visitor.say(nextElement(UPGRADE))) as [Element]
    const [next] = (await finish(visitor, salted(data))) as [Element]
    expect(readContinue(next)).toMatchObject({ tasks: ['UPGR-SCRAM-SHA-512'] })
  })

  test('a password that is changed meanwhile is not undone, and who knew the former one is not signed in', async () => {
    const server = await imported()
    const { visitor } = await ask(server, UPGRADE)
    const [data] = (await visitor.say(nextElement(UPGRADE))) as [Element]
    await server.kernel.accounts.setPassword(JULIET, 'another')
    const [failure] = (await finish(visitor, salted(data))) as [Element]
    expect(failure.elements()[0]?.name).toBe('not-authorized')
    expect((await (await server.connect()).signIn({}, 'secret')).failure).toBe('not-authorized')
    expect((await (await server.connect()).signIn({}, 'another')).identifier).toBe('juliet@example.com')
  })

  test('what was offered to a client stays so, if an account comes meanwhile that cannot use all of it (XEP-0474)', async () => {
    const server = await Server.open({ authentication: { mechanisms: ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'] } })
    const visitor = await server.connect()
    const romeo = parseJid('romeo@example.com')
    await server.kernel.accounts.adopt(romeo)
    const options = { hash: 'SHA-1', salt: new Uint8Array(16), crypto: quickCrypto } as const
    await server.kernel.accounts.setCredentials(romeo, [await deriveScramCredentials('secret', options)])
    expect((await visitor.signIn()).identifier).toBe('juliet@example.com')
  })

  test.each(['', '*', toBase64(new Uint8Array(31))])('a salted password as %j is malformed', async (hash) => {
    const { visitor } = await ask(await imported(), UPGRADE)
    await visitor.say(nextElement(UPGRADE))
    const [failure] = (await finish(visitor, hash)) as [Element]
    expect(failure.elements()[0]?.name).toBe('malformed-request')
  })

  test.each([['UPGR-SCRAM-SHA-1'], ['UPGR-SCRAM-SHA-256-PLUS'], ['UPGR-X']])('%s is passed over', async (task) => {
    const { first } = await ask(await imported(), task)
    expect(first.name).toBe('success')
  })

  test('an account that has the verifier is not asked for it', async () => {
    const { first } = await ask(await Server.open(), UPGRADE)
    expect(first.name).toBe('success')
  })

  test('XEP-0484 §4.2: nothing is asked of a device with a token', async () => {
    const server = await imported()
    const token = tokenOf(
      await (await server.connect()).signIn({ userAgent: PHONE, inline: [requestToken('HT-SHA-256-NONE')] }),
    )
    const visitor = await server.connect()
    const arrival = await visitor.useToken('HT-SHA-256-NONE', token, { inline: [upgradeRequestElement(UPGRADE)] })
    expect(arrival.identifier).toBe('juliet@example.com')
  })
})
