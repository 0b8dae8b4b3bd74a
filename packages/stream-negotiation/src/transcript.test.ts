import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { type Jid, parseJid } from '@parlour/jid'
import {
  createInitiatorExchange,
  createReceiverExchange,
  createSaslServer,
  deriveScramCredentials,
  mechanismsElement,
  type SaslCrypto,
  type StoredCredentials,
} from '@parlour/sasl'
import { FakeEnvironment } from '@parlour/testing'
import { el } from '@parlour/xml'
import { STREAM_NAMESPACE, StreamWriter } from '@parlour/xml-stream'
import { expect, test } from 'vitest'
import { startInitiator, stepInitiator } from './initiator.ts'
import type { InitiatorPolicy } from './initiator-stream.ts'
import type { InitiatorInput, InitiatorOutput, InitiatorState } from './initiator-types.ts'
import { startReceiver, stepReceiver } from './receiver.ts'
import {
  DEFAULT_RECEIVER_LIMITS,
  type ReceiverInput,
  type ReceiverOutput,
  type ReceiverState,
} from './receiver-types.ts'

/** Cryptography without promises: the two machines talk in one turn. */
const cryptography: SaslCrypto = {
  digest: (hash, message) => createHash(hash).update(message).digest(),
  hmac: (hash, key, message) => createHmac(hash, key).update(message).digest(),
  pbkdf2: (hash, password, salt, iterations) => pbkdf2Sync(password, salt, iterations, 20, hash),
}
const environment = new FakeEnvironment()
const credentials = deriveScramCredentials('r0m30myr0m30', {
  hash: 'SHA-1',
  salt: new Uint8Array(16),
  crypto: cryptography,
}) as StoredCredentials

interface Dialogue {
  /** `C:` and `S:` lines, without identifiers and octets. */
  readonly lines: string[]
  readonly client: InitiatorState
  readonly server: ReceiverState
}

/** Lets an initiating and a receiving machine talk, each output of one being the input of the other. */
function talk(policy: Partial<InitiatorPolicy>, password: string): Dialogue {
  const writer = new StreamWriter({ contentNamespace: 'jabber:client' })
  const lines: string[] = []
  const server = createSaslServer({
    mechanisms: ['SCRAM-SHA-1'],
    domain: 'im.example.com',
    tls: true,
    credentials: { lookUp: () => credentials },
    secret: new Uint8Array(16),
    randomBytes: (n) => environment.randomBytes(n),
    crypto: cryptography,
  })
  const receiving = createReceiverExchange(server)
  const sending = createInitiatorExchange({
    offered: ['SCRAM-SHA-1'],
    username: 'juliet',
    password,
    tls: true,
    randomBytes: (n) => environment.randomBytes(n),
    crypto: cryptography,
  })
  const queue: (() => void)[] = []
  const say = (who: string, text: string) => {
    lines.push(
      `${who}: ${text
        .replace("<?xml version='1.0'?>", '')
        .replace(/ id='[\w-]{24}'/, " id='…'")
        .replace(/>[\w+/=]{12,}</, '>…<')}`,
    )
  }

  let client: InitiatorState
  let host: ReceiverState
  const toServer = (input: ReceiverInput) => queue.push(() => receive(input))
  const toClient = (input: InitiatorInput) => queue.push(() => initiate(input))
  const receive = (input: ReceiverInput) => {
    const step = stepReceiver(host, input, environment)
    host = step.state
    step.outputs.forEach(serve)
  }
  const initiate = (input: InitiatorInput) => {
    const step = stepInitiator(client, input, environment)
    client = step.state
    step.outputs.forEach(act)
  }
  const act = (output: InitiatorOutput): void => {
    if (output.type === 'send-header') {
      say('C', writer.header(output.header))
      toServer({ type: 'header', header: output.header })
    } else if (output.type === 'send') {
      say('C', writer.element(output.element))
      toServer({ type: 'element', element: output.element })
    } else if (output.type === 'start-tls') {
      toServer({ type: 'tls-established' })
      toClient({ type: 'tls-established' })
    } else if (output.type === 'begin-authentication') initiate({ type: 'sasl-continue', send: sending.start })
    else if (output.type === 'authenticate') {
      const outcome = sending.receive(output.element)
      if (outcome instanceof Promise) throw new Error('cryptography answered late')
      if (outcome.type === 'continue') initiate({ type: 'sasl-continue', send: outcome.send })
      else if (outcome.type === 'success') initiate({ type: 'sasl-success' })
      else initiate({ type: 'sasl-failure', cause: outcome.error })
    } else if (output.type === 'failed' && output.footer) {
      say('C', writer.footer())
      toServer({ type: 'footer' })
    }
  }
  const serve = (output: ReceiverOutput): void => {
    if (output.type === 'send-header') {
      say('S', writer.header(output.header))
      toClient({ type: 'header', header: output.header })
    } else if (output.type === 'send') {
      say('S', writer.element(output.element))
      toClient({ type: 'element', element: output.element })
    } else if (output.type === 'send-features') {
      const element = el('features', STREAM_NAMESPACE, {}, ...output.features)
      say('S', writer.element(element))
      toClient({ type: 'element', element })
    } else if (output.type === 'authenticate') {
      const outcome = receiving.receive(output.element)
      if (outcome instanceof Promise) throw new Error('cryptography answered late')
      if (outcome.type === 'success')
        receive({
          type: 'sasl',
          send: [outcome.send],
          outcome: { type: 'success', account: parseJid(outcome.success.identity) },
        })
      else if (outcome.type === 'continue')
        receive({
          type: 'sasl',
          send: [outcome.send],
          outcome: { type: outcome.failure ? 'failure' : 'continue' },
        })
    } else if (output.type === 'bind') {
      const jid: Jid = output.account.withResource(output.resource ?? 'made-here')
      receive({ type: 'bound', jid })
    } else if (output.type === 'close' && output.footer) {
      say('S', writer.footer())
      toClient({ type: 'footer' })
    }
  }

  const host0 = startReceiver(
    {
      ...DEFAULT_RECEIVER_LIMITS,
      host: (domain) =>
        domain === 'im.example.com'
          ? {
              domain,
              mechanisms: () => [mechanismsElement(server.mechanisms)],
              extraFeatures: () => [],
              takesRequestsBeforeAuthentication: false,
              negotiationNamespaces: new Set(),
            }
          : undefined,
      lang: 'en',
      tlsAvailable: true,
      tlsRequired: true,
    },
    false,
  )
  host = host0.state
  const client0 = startInitiator(
    {
      domain: 'im.example.com',
      account: parseJid('juliet@im.example.com'),
      lang: 'en',
      tls: 'required',
      resource: 'balcony',
      negotiationTimeout: 30_000,
      ...policy,
    },
    false,
  )
  client = client0.state
  client0.outputs.forEach(act)
  for (let next = queue.shift(); next; next = queue.shift()) next()
  return { lines, client, server: host }
}

const stream = (attributes: string) =>
  `<stream:stream xmlns='jabber:client' ${attributes} xmlns:stream='http://etherx.jabber.org/streams'>`
const SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
const TLS = "xmlns='urn:ietf:params:xml:ns:xmpp-tls'"
const BIND = "xmlns='urn:ietf:params:xml:ns:xmpp-bind'"
const FROM_JULIET = "from='juliet@im.example.com' to='im.example.com' version='1.0' xml:lang='en'"
const FROM_SERVER = "from='im.example.com' to='juliet@im.example.com' id='…' version='1.0' xml:lang='en'"

test('RFC 6120 §9.1: the dialogue of the example, from the first header to the bound resource', () => {
  const { lines, client, server } = talk({}, 'r0m30myr0m30')
  expect(lines).toEqual([
    `C: ${stream("to='im.example.com' version='1.0' xml:lang='en'")}`, // §4.7.1: from only inside TLS
    `S: ${stream("from='im.example.com' id='…' version='1.0' xml:lang='en'")}`,
    `S: <stream:features><starttls ${TLS}><required/></starttls></stream:features>`,
    `C: <starttls ${TLS}/>`,
    `S: <proceed ${TLS}/>`,
    `C: ${stream(FROM_JULIET)}`,
    `S: ${stream(FROM_SERVER)}`,
    `S: <stream:features><mechanisms ${SASL}><mechanism>SCRAM-SHA-1</mechanism></mechanisms></stream:features>`,
    `C: <auth ${SASL} mechanism='SCRAM-SHA-1'>…</auth>`,
    `S: <challenge ${SASL}>…</challenge>`,
    `C: <response ${SASL}>…</response>`,
    `S: <success ${SASL}>…</success>`,
    `C: ${stream(FROM_JULIET)}`,
    `S: ${stream(FROM_SERVER)}`,
    `S: <stream:features><bind ${BIND}/><session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session></stream:features>`,
    `C: <iq id='…' type='set'><bind ${BIND}><resource>balcony</resource></bind></iq>`,
    `S: <iq id='…' type='result'><bind ${BIND}><jid>juliet@im.example.com/balcony</jid></bind></iq>`,
  ])
  expect([client.name, server.name]).toEqual(['established', 'established'])
})

test('RFC 6120 §9.1.2 step 12 (alt): a wrong password', () => {
  const { lines, client, server } = talk({}, 'wrong')
  expect(lines.slice(-3)).toEqual([
    `S: <failure ${SASL}><not-authorized/></failure>`,
    'C: </stream:stream>',
    'S: </stream:stream>',
  ])
  expect(client).toMatchObject({
    name: 'failed',
    error: { code: 'authentication-failed', cause: { condition: 'not-authorized' } },
  })
  expect(server.name).toBe('closed')
})

test('RFC 6120 §5.3.1: a client without TLS and a server that requires it part in order', () => {
  const { lines, client, server } = talk({ tls: 'none' }, 'r0m30myr0m30')
  expect(lines.slice(-2)).toEqual(['C: </stream:stream>', 'S: </stream:stream>'])
  expect(client).toMatchObject({ name: 'failed', error: { code: 'starttls-required' } })
  expect(server.name).toBe('closed')
})
