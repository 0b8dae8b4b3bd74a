import { createHash, createHmac, hash as hashAtOnce, pbkdf2Sync } from 'node:crypto'
import { createRequire } from 'node:module'
import type { Connection } from '@parlour/transport'
import { test } from 'vitest'

// Loaded by Node itself: the test runner's modules put a getter before each import, which costs more than the driver.
const require = createRequire(import.meta.url)
const core = require('../index.ts') as typeof import('../index.ts')
const sasl = require('@parlour/sasl') as typeof import('@parlour/sasl')
const { createMemoryStorage } = require('@parlour/storage') as typeof import('@parlour/storage')
const { parseJid } = require('@parlour/jid') as typeof import('@parlour/jid')

const LENGTHS = { 'SHA-1': 20, 'SHA-256': 32, 'SHA-512': 64 } as const
type Hash = keyof typeof LENGTHS
const nameOf = (name: Hash) => name.replace('-', '').toLowerCase()
const crypto = {
  digest: (name: Hash, message: Uint8Array) => hashAtOnce(nameOf(name), message, 'buffer'),
  hmac: (name: Hash, key: Uint8Array, message: Uint8Array) => createHmac(nameOf(name), key).update(message).digest(),
  pbkdf2: (name: Hash, password: Uint8Array, salt: Uint8Array, rounds: number) =>
    pbkdf2Sync(password, salt, rounds, LENGTHS[name], nameOf(name)),
}
const JULIET = parseJid('juliet@example.com')
const CHANNEL = new Uint8Array(32).fill(7)

/** A connection whose client says the next thing when it has read enough. */
class Scripted implements Connection {
  readonly remoteAddress = '192.0.2.1'
  readonly security = {
    protocol: 'TLSv1.3',
    cipher: 'none',
    exporter: () => CHANNEL,
    clientFinished: () => undefined,
    serverEndPoint: () => CHANNEL,
    peerCertificate: () => undefined,
    peerCertificateError: () => undefined,
    peerCertificateChain: () => [],
    verifyPeerChain: async () => undefined,
  }
  readonly bufferedBytes = 0
  read = ''
  #data: (chunk: Uint8Array | string) => void = () => {}
  #close: () => void = () => {}
  #waiting: { mark: string; resolve: () => void } | undefined
  onData(callback: (chunk: Uint8Array | string) => void): void {
    this.#data = callback
  }
  onClose(callback: () => void): void {
    this.#close = callback
  }
  onDrain(): void {}
  write(text: string): void {
    this.read += text
    if (this.#waiting && this.read.includes(this.#waiting.mark)) this.#waiting.resolve()
  }
  pause(): void {}
  resume(): void {}
  startTls = () => Promise.resolve()
  end(): void {
    this.#close()
  }
  destroy(): void {
    this.#close()
  }
  /** Says something and waits for `mark`. */
  async say(text: string, mark: string): Promise<void> {
    this.read = ''
    this.#data(text)
    if (!this.read.includes(mark)) await new Promise<void>((resolve) => (this.#waiting = { mark, resolve }))
    this.#waiting = undefined
  }
}

const HEADER =
  "<?xml version='1.0'?><stream:stream to='example.com' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
const BIND = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>r</resource></bind></iq>"
const ENABLE = "<enable xmlns='urn:xmpp:sm:3' resume='true'/>"
const AGENT = "<user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'/>"
const base64 = (octets: Uint8Array) => Buffer.from(octets).toString('base64')
const auth = (mechanism: string, message: Uint8Array) =>
  `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='${mechanism}'>${base64(message)}</auth>`
const response = (message: Uint8Array) =>
  `<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>${base64(message)}</response>`

async function open() {
  let now = 1_767_225_600_000
  let seed = 1
  const environment = {
    now: () => now++,
    setTimer: () => () => {},
    // The nonces are fixed, so that the client's messages can be made beforehand and the server alone is measured.
    randomBytes: (n: number) =>
      n === 18 ? new Uint8Array(n).fill(5) : createHash('sha512').update(`${seed++}`).digest().subarray(0, n),
  }
  const kernel = await core.createKernel({
    ...{ environment, storage: createMemoryStorage(), log: core.silentLogger, modules: [] },
    authentication: { mechanisms: ['SCRAM-SHA-256'], iterations: 4096, crypto },
    hosts: [{ domain: 'example.com', resourceConflict: 'replace', maxSessionsPerAccount: 5, modules: {} }],
  })
  await kernel.accounts.create(JULIET, 'secret')
  const connect = () => {
    const connection = new Scripted()
    core.acceptClientStream(connection, {}, kernel)
    return connection
  }
  return { connect }
}

const between = (text: string, before: string, after: string): string => {
  const from = text.indexOf(before) + before.length
  return text.slice(from, text.indexOf(after, from))
}

/** The sign-in of RFC 6120: four round trips after TLS, with stream management. */
async function classic() {
  const { connect } = await open()
  const client = sasl.createSaslClient({
    offered: ['SCRAM-SHA-256'],
    ...{ username: 'juliet', password: 'secret', tls: true, crypto },
    randomBytes: (n) => new Uint8Array(n).fill(9),
  })
  const first = auth('SCRAM-SHA-256', client.start.initialResponse)
  const trial = connect()
  await trial.say(HEADER, '</stream:features>')
  await trial.say(first, '</challenge>')
  const challenge = Buffer.from(between(trial.read, '>', '</challenge>'), 'base64')
  const reply = await client.challenge(challenge)
  if (reply.type === 'failure') throw reply.error
  const second = response(reply.data)
  trial.destroy()
  return async () => {
    const connection = connect()
    await connection.say(HEADER, '</stream:features>')
    await connection.say(first, '</challenge>')
    await connection.say(second, '<success')
    await connection.say(HEADER, '</stream:features>')
    await connection.say(BIND, "type='result'")
    await connection.say(ENABLE, '<enabled')
    await connection.say('</stream:stream>', '</stream:stream>')
  }
}

/** A device that returns: its token, and the session that it had (XEP-0484, XEP-0198 §9.2). */
async function returning(mechanism: 'HT-SHA-256-EXPR' | 'HT-SHA-256-NONE') {
  const { connect } = await open()
  const first = await classicToken(connect, mechanism)
  const client = await sasl.beginTokenClient({
    ...{ mechanism, token: first.token, username: 'juliet', crypto },
    channelBindings: new Map([['tls-exporter', CHANNEL]]),
  })
  const request =
    `<authenticate xmlns='urn:xmpp:sasl:2' mechanism='${mechanism}'><initial-response>${base64(client.initialResponse)}</initial-response>` +
    `${AGENT}<fast xmlns='urn:xmpp:fast:0'/><resume xmlns='urn:xmpp:sm:3' h='0' previd='${first.previd}'/></authenticate>`
  return async () => {
    const connection = connect()
    await connection.say(HEADER, '</stream:features>')
    await connection.say(request, '<resumed')
    connection.destroy()
  }
}

async function classicToken(connect: () => Scripted, mechanism: string): Promise<{ token: string; previd: string }> {
  const client = sasl.createSaslClient({
    offered: ['SCRAM-SHA-256'],
    ...{ username: 'juliet', password: 'secret', tls: true, crypto },
    randomBytes: (n) => new Uint8Array(n).fill(9),
  })
  const connection = connect()
  await connection.say(HEADER, '</stream:features>')
  await connection.say(
    `<authenticate xmlns='urn:xmpp:sasl:2' mechanism='SCRAM-SHA-256'><initial-response>${base64(client.start.initialResponse)}</initial-response>` +
      `${AGENT}<bind xmlns='urn:xmpp:bind:0'>${ENABLE}</bind><request-token xmlns='urn:xmpp:fast:0' mechanism='${mechanism}'/></authenticate>`,
    '</challenge>',
  )
  const reply = await client.challenge(Buffer.from(between(connection.read, '>', '</challenge>'), 'base64'))
  if (reply.type === 'failure') throw reply.error
  await connection.say(`<response xmlns='urn:xmpp:sasl:2'>${base64(reply.data)}</response>`, '</stream:features>')
  const { read } = connection
  connection.destroy()
  return { token: between(read, "token='", "'"), previd: between(between(read, '<enabled', '/>'), "id='", "'") }
}

/** The target: a device that returns costs at most half of a sign-in by SCRAM. TLS is not in it. */
test('sign-in, all of the server without TLS', async ({ bench }) => {
  await bench.compare(
    bench('SCRAM-SHA-256, RFC 6120', await classic()),
    bench('HT-SHA-256-EXPR and resumption, one round trip', await returning('HT-SHA-256-EXPR')),
    bench('HT-SHA-256-NONE and resumption, one round trip', await returning('HT-SHA-256-NONE')),
  )
})
