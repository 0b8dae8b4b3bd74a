import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { beginTokenClient, createSaslClient } from '@parlour/sasl'
import { DOMAIN, PASSWORD, userOf } from './accounts.ts'
import { TextConnection } from './connection.ts'

const LENGTHS = { 'SHA-1': 20, 'SHA-256': 32, 'SHA-512': 64 } as const
type Hash = keyof typeof LENGTHS
const nameOf = (name: Hash) => name.replace('-', '').toLowerCase()
const crypto = {
  digest: (name: Hash, message: Uint8Array) => createHash(nameOf(name)).update(message).digest(),
  hmac: (name: Hash, key: Uint8Array, message: Uint8Array) => createHmac(nameOf(name), key).update(message).digest(),
  pbkdf2: (name: Hash, password: Uint8Array, salt: Uint8Array, rounds: number) =>
    pbkdf2Sync(password, salt, rounds, LENGTHS[name], nameOf(name)),
}

const HEADER = `<?xml version='1.0'?><stream:stream to='${DOMAIN}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`
const BIND = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>r</resource></bind></iq>"
const ENABLE = "<enable xmlns='urn:xmpp:sm:3' resume='true'/>"
const AGENT = "<user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'/>"
const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl'
export const MECHANISM = 'HT-SHA-256-EXPR'

const base64 = (octets: Uint8Array) => Buffer.from(octets).toString('base64')
const between = (text: string, before: string, after: string): string => {
  const from = text.indexOf(before) + before.length
  return text.slice(from, text.indexOf(after, from))
}

const BINDINGS = ['tls-exporter', 'tls-server-end-point']

const scram = (n: number, features: string) =>
  createSaslClient({
    offered: ['SCRAM-SHA-256'],
    // XEP-0474: what both sides take into account is what was announced, or that nothing was.
    ...(features.includes('<sasl-channel-binding') && { offeredChannelBindings: BINDINGS }),
    ...{ username: userOf(n), password: PASSWORD, tls: true, crypto },
    randomBytes: (length) => randomBytes(length),
  })

async function answer(client: ReturnType<typeof scram>, read: string): Promise<string> {
  const challenge = between(between(read, '<challenge', '/challenge>'), '>', '<')
  const reply = await client.challenge(Buffer.from(challenge, 'base64'))
  if (reply.type === 'failure') throw reply.error
  return base64(reply.data)
}

const READY = [
  "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>",
  "<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>",
  '<presence/>',
]

/**
 * RFC 6120: TLS, SCRAM-SHA-256, resource binding, and XEP-0198. Ends its stream.
 *
 * @param isReady also asks for the roster and for carbons, and sends presence: what a session that is resumed has already
 */
export async function signIn(port: number, n: number, isReady = false): Promise<void> {
  const connection = await TextConnection.open(port)
  const client = scram(n, await connection.say(HEADER, '</stream:features>'))
  const first = `<auth xmlns='${SASL}' mechanism='SCRAM-SHA-256'>${base64(client.start.initialResponse)}</auth>`
  const reply = await answer(client, await connection.say(first, '</challenge>'))
  await connection.say(`<response xmlns='${SASL}'>${reply}</response>`, '<success')
  await connection.say(HEADER, '</stream:features>')
  await connection.say(BIND, "type='result'")
  await connection.say(ENABLE, '<enabled')
  if (isReady) await connection.say(READY.join(''), '<presence ')
  await connection.say('</stream:stream>', '</stream:stream>')
  await connection.cut()
}

/** What a device keeps between two connections. */
export interface Kept {
  token: string
  ticket: Buffer | undefined
  readonly previous: string
}

/** The first time: SASL2 with SCRAM, Bind 2, a token, a session that can be resumed, which then loses its connection. */
export async function firstTime(port: number, n: number): Promise<Kept> {
  const connection = await TextConnection.open(port)
  const client = scram(n, await connection.say(HEADER, '</stream:features>'))
  const first =
    `<authenticate xmlns='urn:xmpp:sasl:2' mechanism='SCRAM-SHA-256'><initial-response>${base64(client.start.initialResponse)}</initial-response>` +
    `${AGENT}<bind xmlns='urn:xmpp:bind:0'>${ENABLE}</bind><request-token xmlns='urn:xmpp:fast:0' mechanism='${MECHANISM}'/></authenticate>`
  const reply = await answer(client, await connection.say(first, '</challenge>'))
  const read = await connection.say(`<response xmlns='urn:xmpp:sasl:2'>${reply}</response>`, '</stream:features>')
  await connection.cut()
  return {
    token: between(read, "token='", "'"),
    ticket: connection.ticket,
    previous: between(between(read, '<enabled', '/>'), "id='", "'"),
  }
}

/**
 * TLS, then all in one round trip: a token (XEP-0484) and the session of before (XEP-0198 §9.2). Loses its connection.
 *
 * @param resumesTls the TLS session, too, as far as its library keeps it
 */
export async function comeBack(port: number, n: number, kept: Kept, resumesTls = false): Promise<void> {
  const connection = await TextConnection.open(port, resumesTls ? kept.ticket : undefined)
  const client = await beginTokenClient({
    ...{ mechanism: MECHANISM, token: kept.token, username: userOf(n), crypto },
    channelBindings: new Map([['tls-exporter', connection.exporter]]),
  })
  const request =
    `<authenticate xmlns='urn:xmpp:sasl:2' mechanism='${MECHANISM}'><initial-response>${base64(client.initialResponse)}</initial-response>` +
    `${AGENT}<fast xmlns='urn:xmpp:fast:0'/><resume xmlns='urn:xmpp:sm:3' h='0' previd='${kept.previous}'/></authenticate>`
  const read = await connection.say(HEADER + request, '</success>')
  if (!read.includes('<resumed')) throw new Error(`not resumed: ${read}`)
  // With Node a ticket is good for many connections: whoever resumes gets no other one.
  kept.ticket = connection.ticket ?? kept.ticket
  if (read.includes('<token ')) kept.token = between(read, "token='", "'")
  await connection.cut()
}
