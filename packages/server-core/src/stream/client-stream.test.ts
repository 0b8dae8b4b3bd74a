import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { createJid, type Jid, parseJid } from '@parlour/jid'
import { createSaslServer, deriveScramCredentials, type SaslCrypto, type StoredCredentials } from '@parlour/sasl'
import { StanzaError } from '@parlour/stanza'
import type { Environment } from '@parlour/stream-negotiation'
import { type Connection, createMemoryPair } from '@parlour/transport'
import { type Element, el } from '@parlour/xml'
import { StreamError, StreamParser } from '@parlour/xml-stream'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  acceptClientStream,
  type ClientSession,
  type ClientStream,
  type ClientStreamOptions,
  type StreamEnd,
  type StreamHost,
  type StreamKernel,
} from './index.ts'

/** Time that moves only when told. */
class FakeEnvironment implements Environment {
  #now = 0
  #timers: { at: number; fn: () => void }[] = []

  now(): number {
    return this.#now
  }

  setTimer(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + ms, fn }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  randomBytes(n: number): Uint8Array {
    return crypto.getRandomValues(new Uint8Array(n))
  }

  get timers(): number {
    return this.#timers.length
  }

  pass(ms: number): void {
    this.#now += ms
    const due = this.#timers.filter((timer) => timer.at <= this.#now)
    this.#timers = this.#timers.filter((timer) => timer.at > this.#now)
    for (const timer of due) timer.fn()
  }
}

/** All microtasks and the answers of WebCrypto. */
const settle = async () => {
  for (let n = 0; n < 6; n++) await new Promise((resolve) => setImmediate(resolve))
}

/** Answers with promises that are settled already, so that no test waits for a thread. */
const cryptography: SaslCrypto = {
  digest: async (hash, message) => createHash(hash).update(message).digest(),
  hmac: async (hash, key, message) => createHmac(hash, key).update(message).digest(),
  pbkdf2: async (hash, password, salt, iterations) => pbkdf2Sync(password, salt, iterations, 20, hash),
}

let credentials: StoredCredentials
beforeAll(async () => {
  credentials = await deriveScramCredentials('r0m30myr0m30', {
    hash: 'SHA-1',
    salt: new Uint8Array(16).fill(7),
    iterations: 4096,
    crypto: cryptography,
  })
})

/** A session that writes down what it hears. */
class RecordingSession implements ClientSession {
  readonly received: string[] = []
  readonly ends: StreamEnd[] = []
  answer: (element: Element) => void | Promise<void> = () => {}
  readonly jid: Jid
  readonly stream: ClientStream

  constructor(jid: Jid, stream: ClientStream) {
    this.jid = jid
    this.stream = stream
  }

  receive(element: Element): void | Promise<void> {
    this.received.push(element.attribute('id') ?? element.name)
    return this.answer(element)
  }

  closed(reason: StreamEnd): void {
    this.ends.push(reason)
  }
}

class Kernel implements StreamKernel {
  readonly environment = new FakeEnvironment()
  readonly sessions: RecordingSession[] = []
  readonly errors: unknown[] = []
  bind: StreamHost['bind'] = (account, resource, stream) => {
    const session = new RecordingSession(createJid(account.local, account.domain, resource ?? 'made-here'), stream)
    this.sessions.push(session)
    return session
  }
  more: Partial<StreamHost> = {}

  host(domain: string): StreamHost | undefined {
    if (domain !== 'im.example.com' && domain !== 'other.example.com') return undefined
    return {
      domain,
      saslServer: ({ tls }) =>
        createSaslServer({
          mechanisms: ['SCRAM-SHA-1', 'PLAIN'],
          domain,
          tls,
          credentials: { lookUp: (username) => (username === 'juliet' ? Promise.resolve(credentials) : undefined) },
          secret: new Uint8Array(16),
          crypto: cryptography,
          randomBytes: (n) => this.environment.randomBytes(n),
        }),
      features: (stage, secure) => [el(`${stage}-${secure}`, 'urn:extra')],
      bind: (...values) => this.bind(...values),
      ...this.more,
    }
  }

  reportError(cause: unknown): void {
    this.errors.push(cause)
  }
}

/** A client that sends text and writes down what it reads. */
class Client {
  readonly kernel = new Kernel()
  readonly connection: Connection
  readonly server: Connection
  readonly stream: ClientStream
  /** First-level elements and the word `header`, `</>`, since the last look. */
  #seen: (Element | string)[] = []
  isClosed = false
  readonly #parser: StreamParser

  constructor(chunkBytes: number | undefined, options: Partial<ClientStreamOptions> = {}) {
    const [client, server] = createMemoryPair(chunkBytes === undefined ? {} : { chunkBytes })
    this.connection = client
    this.server = server
    this.#parser = new StreamParser({
      header: (header) => this.#seen.push(`header from=${header.from} to=${header.to} lang=${header.lang}`),
      element: (element) => this.#seen.push(element),
      footer: () => this.#seen.push('</>'),
      error: (error) => this.#seen.push(error.condition),
    })
    client.onData((chunk) => this.#parser.write(chunk))
    client.onClose(() => {
      this.isClosed = true
    })
    this.stream = acceptClientStream(server, options, this.kernel)
  }

  async say(text: string): Promise<(Element | string)[]> {
    this.connection.write(text)
    return await this.hear()
  }

  async hear(): Promise<(Element | string)[]> {
    await settle()
    const seen = this.#seen
    this.#seen = []
    return seen
  }

  restart(): void {
    this.#parser.reset()
  }

  async startTls(): Promise<void> {
    await this.say(HEADER)
    await this.say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    this.restart()
    await this.connection.startTls({ servername: 'im.example.com' })
  }

  async authenticate(): Promise<void> {
    await this.startTls()
    await this.say(HEADER)
    const seen = await this.say(PLAIN)
    expect(names(seen)).toEqual(['success'])
    this.restart()
    await this.say(HEADER)
  }

  async establish(): Promise<RecordingSession> {
    await this.authenticate()
    await this.say(BIND)
    const session = this.kernel.sessions.at(-1)
    if (!session) throw new Error('no session')
    return session
  }
}

const HEADER =
  "<?xml version='1.0'?><stream:stream from='juliet@im.example.com' to='im.example.com' version='1.0' xml:lang='de' " +
  "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
const PLAIN = `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${btoa('\0juliet\0r0m30myr0m30')}</auth>`
const WRONG = `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${btoa('\0juliet\0x')}</auth>`
const BIND =
  "<iq type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>balcony</resource></bind></iq>"
const names = (seen: readonly (Element | string)[]) =>
  seen.map((item) => (typeof item === 'string' ? item.split(' ')[0] : item.name))
const conditions = (seen: readonly (Element | string)[]) =>
  seen.flatMap((item) =>
    typeof item !== 'string' && item.name === 'error' ? [StreamError.fromElement(item).condition] : [],
  )

describe.each([
  ['whole writes', undefined],
  ['byte by byte', 1],
])('%s', (_, chunkBytes) => {
  const open = (options?: Partial<ClientStreamOptions>) => new Client(chunkBytes, options)

  test('RFC 6120 §9.1: STARTTLS, SASL, bind, stanzas, close', async () => {
    const client = open()
    const first = await client.say(HEADER)
    expect(first[0]).toBe('header from=im.example.com to=juliet@im.example.com lang=en')
    expect(names(first)).toEqual(['header', 'features'])
    expect(names((first[1] as Element).elements())).toEqual(['starttls'])
    expect(names(await client.say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"))).toEqual(['proceed'])
    client.restart()
    await client.connection.startTls({ servername: 'im.example.com' })
    const second = await client.say(HEADER)
    expect(names((second[1] as Element).elements())).toEqual([
      'mechanisms',
      'sasl-channel-binding',
      'unauthenticated-true',
    ])
    expect(names(await client.say(PLAIN))).toEqual(['success'])
    client.restart()
    const third = await client.say(HEADER)
    expect(names((third[1] as Element).elements())).toEqual(['bind', 'session', 'authenticated-true'])
    const [result] = await client.say(BIND)
    expect((result as Element).toString()).toContain('<jid>juliet@im.example.com/balcony</jid>')
    const session = client.kernel.sessions[0]
    expect(session?.stream).toBe(client.stream)
    expect(client.stream.lang).toBe('de')
    expect(client.stream.secure).toBe(true)
    await client.say("<message id='m1'/><presence/><iq id='i1' type='get'/>")
    expect(session?.received).toEqual(['m1', 'presence', 'i1'])
    client.stream.send("<message id='out'/>")
    expect(names(await client.hear())).toEqual(['message'])
    expect(await client.say('</stream:stream>')).toEqual(['</>'])
    expect(session?.ends).toEqual(['closed'])
    expect(client.isClosed).toBe(true)
    expect(client.kernel.environment.timers).toBe(0)
  })

  test('25. RFC 6120 §5.3.3: plain text behind <starttls/> is discarded, not obeyed after TLS', async () => {
    const client = open()
    await client.say(HEADER)
    client.connection.write(`<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>${HEADER}${PLAIN}`)
    await settle()
    client.restart()
    client.connection.startTls({ servername: 'im.example.com' }).catch(() => {})
    await settle()
    expect(names(await client.hear())).not.toContain('success')
    expect(client.kernel.sessions).toEqual([])
  })

  test('5. RFC 6120 §4.3.5: a stanza before bind ends the stream with not-authorized', async () => {
    const client = open()
    await client.authenticate()
    const seen = await client.say("<message to='romeo@example.net'/>")
    expect(conditions(seen)).toEqual(['not-authorized'])
    expect(seen.at(-1)).toBe('</>')
    expect(client.isClosed).toBe(true)
  })

  test('12, 17, 20. RFC 6120 §4.9.1.2: a bad beginning gets our header, the error, the end', async () => {
    const cases = [
      ['<not-xml', 'not-well-formed'],
      [HEADER.replace("to='im.", "to='unknown."), 'host-unknown'],
      [HEADER.replace(" version='1.0' xml", ' xml'), 'unsupported-version'],
      [HEADER.replace('jabber:client', 'jabber:server'), 'invalid-namespace'],
      [HEADER.replace('<stream:stream', '<!DOCTYPE a><stream:stream'), 'restricted-xml'],
    ] as const
    for (const [text, condition] of cases) {
      const client = open()
      const seen = await client.say(text === '<not-xml' ? '<not-xml<' : text)
      expect(names(seen)).toEqual(['header', 'error', '</>'])
      expect(conditions(seen)).toEqual([condition])
      expect(client.isClosed).toBe(true)
      expect(client.kernel.environment.timers).toBe(0)
    }
  })

  test('37. RFC 6120 §6.4.5: five tries, then policy-violation', async () => {
    const client = open()
    await client.startTls()
    await client.say(HEADER)
    for (let n = 1; n <= 4; n++) expect(names(await client.say(WRONG))).toEqual(['failure'])
    const seen = await client.say(WRONG)
    expect(names(seen)).toEqual(['failure', 'error', '</>'])
    expect(conditions(seen)).toEqual(['policy-violation'])
  })

  test('34. RFC 6120 §6.4.2: after a failure another exchange succeeds', async () => {
    const client = open()
    await client.startTls()
    await client.say(HEADER)
    expect(names(await client.say(WRONG))).toEqual(['failure'])
    expect(names(await client.say(PLAIN))).toEqual(['success'])
  })

  test('CVE-2018-10847: the host of the authentication is the host of the stream', async () => {
    const client = open()
    await client.startTls()
    await client.say(HEADER)
    await client.say(PLAIN)
    client.restart()
    expect(conditions(await client.say(HEADER.replace("to='im.", "to='other.")))).toEqual(['not-authorized'])
  })

  test('CVE-2014-8760: PLAIN without TLS is refused before a password is looked at', async () => {
    const client = open()
    await client.say(HEADER)
    const [failure] = await client.say(PLAIN)
    expect((failure as Element).child('encryption-required')).toBeDefined()
  })

  test('RFC 6120 §10.1: a stanza that takes time holds the later ones, in order, and only this stream', async () => {
    const client = open()
    const session = await client.establish()
    let finish = () => {}
    session.answer = (element) =>
      element.attribute('id') === 'slow'
        ? new Promise<void>((resolve) => {
            finish = resolve
          })
        : undefined
    await client.say("<message id='1'/><message id='slow'/><message id='3'/><message id='4'/>")
    await client.say("<message id='5'/>")
    expect(session.received).toEqual(['1', 'slow'])
    finish()
    await settle()
    expect(session.received).toEqual(['1', 'slow', '3', '4', '5'])
  })

  test('RFC 6120 §4.4: what was said before </stream> is treated before the end', async () => {
    const client = open()
    const session = await client.establish()
    let finish = () => {}
    session.answer = () =>
      new Promise<void>((resolve) => {
        finish = resolve
      })
    await client.say("<message id='1'/><message id='2'/></stream:stream>")
    expect([session.received, session.ends]).toEqual([['1'], []])
    finish()
    await settle()
    finish()
    await settle()
    expect([session.received, session.ends]).toEqual([['1', '2'], ['closed']])
  })

  test('16. RFC 6120 §4.9.1.1: an error in an established stream: error, </stream>, end', async () => {
    const client = open()
    const session = await client.establish()
    const seen = await client.say("<message id='1'/><message></presence>")
    expect(conditions(seen)).toEqual(['not-well-formed'])
    expect(seen.at(-1)).toBe('</>')
    expect([session.received, session.ends]).toEqual([['1'], ['error']])
  })
})

describe('binding', () => {
  test('41. RFC 6120 §7.7.2.2: a conflict is a stanza error, the next try may succeed', async () => {
    const client = new Client(undefined)
    const { bind } = client.kernel
    client.kernel.bind = () => Promise.resolve(new StanzaError('conflict'))
    await client.authenticate()
    const [error] = await client.say(BIND)
    expect(StanzaError.fromElement(error as Element).condition).toBe('conflict')
    client.kernel.bind = bind
    expect((await client.say(BIND)).map(String)[0]).toContain("type='result'")
  })

  test('a session that comes after the connection is gone hears that it is lost', async () => {
    const client = new Client(undefined)
    const { bind } = client.kernel
    let finish = () => {}
    client.kernel.bind = async (...values) => {
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return bind(...values)
    }
    await client.authenticate()
    await client.say(BIND)
    client.connection.destroy()
    await settle()
    finish()
    await settle()
    expect(client.kernel.sessions[0]?.ends).toEqual(['lost'])
  })

  test('what the kernel throws ends this stream with internal-server-error, and is reported', async () => {
    const client = new Client(undefined)
    client.kernel.bind = () => {
      throw new Error('disk')
    }
    await client.authenticate()
    expect(conditions(await client.say(BIND))).toEqual(['internal-server-error'])
    expect(client.kernel.errors).toEqual([new Error('disk')])
  })

  test('RFC 3921 §3: the session request of old clients gets an empty result', async () => {
    const client = new Client(undefined)
    const session = await client.establish()
    const [result] = await client.say(
      "<iq type='set' id='s1'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>",
    )
    expect(String(result)).toContain("id='s1'")
    expect((result as Element).attribute('type')).toBe('result')
    expect(session.received).toEqual([])
  })

  test('RFC 6120 §8.2.3: what is not that very request is a stanza as any other, answered by nobody in another name', async () => {
    const client = new Client(undefined)
    const session = await client.establish()
    const payload = "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>"
    const answers = await client.say(
      `<iq type='set' id='1' to='romeo@im.example.com' from='nurse@im.example.com'>${payload}</iq>` +
        `<iq type='set'>${payload}</iq>` +
        `<iq type='set' id='3'>${payload}<other xmlns='urn:x'/></iq>` +
        `<iq xmlns='urn:x' type='set' id='4'>${payload}</iq>` +
        `<iq type='set' id='5' to='im.example.com' from='nurse@im.example.com'>${payload}</iq>`,
    )
    expect(session.received).toEqual(['1', 'iq', '3', '4'])
    expect(answers.map(String)).toEqual(["<iq xmlns='jabber:client' from='im.example.com' id='5' type='result'/>"])
  })

  test('XEP-0077 §3: a registration before authentication reaches the host', async () => {
    const client = new Client(undefined)
    client.kernel.more = {
      beforeAuthentication: (iq, stream) => stream.send(`<iq type='result' id='${iq.attribute('id')}'/>`),
    }
    await client.startTls()
    await client.say(HEADER)
    const [result] = await client.say("<iq type='get' id='r1'><query xmlns='jabber:iq:register'/></iq>")
    expect((result as Element).attribute('id')).toBe('r1')
  })

  test('XEP-0198 §5: an extension may take the place of bind', async () => {
    const client = new Client(undefined)
    let session: RecordingSession | undefined
    client.kernel.more = {
      negotiationNamespaces: new Set(['urn:xmpp:sm:3']),
      negotiate: (account, element, stream) => {
        if (element.attribute('previd') !== 'known') {
          stream.send("<failed xmlns='urn:xmpp:sm:3'/>")
          return undefined
        }
        session = new RecordingSession(account.withResource('old'), stream)
        return session
      },
    }
    await client.authenticate()
    expect(names(await client.say("<resume xmlns='urn:xmpp:sm:3' previd='x'/>"))).toEqual(['failed'])
    await client.say("<resume xmlns='urn:xmpp:sm:3' previd='known'/>")
    await client.say("<message id='1'/>")
    expect(session?.received).toEqual(['1'])
  })
})

describe('time', () => {
  test('OF-1918: 30 s after accepting, a client that is not bound is ended, whatever it sends', async () => {
    const client = new Client(undefined)
    await client.authenticate()
    client.kernel.environment.pass(29_999)
    expect(await client.say(' ')).toEqual([])
    client.kernel.environment.pass(1)
    expect(conditions(await client.hear())).toEqual(['connection-timeout'])
    expect(client.isClosed).toBe(true)
  })

  test('a client that says nothing at all is ended too', async () => {
    const client = new Client(undefined)
    client.kernel.environment.pass(30_000)
    expect(names(await client.hear())).toEqual(['header', 'error', '</>'])
  })

  test('the limit ends with binding', async () => {
    const client = new Client(undefined)
    const session = await client.establish()
    expect(client.kernel.environment.timers).toBe(0)
    client.kernel.environment.pass(100_000)
    await settle()
    expect(session.ends).toEqual([])
  })
})

describe('closing', () => {
  test('6. RFC 6120 §4.4: our </stream>, what the client still says, its </stream>, the end', async () => {
    const client = new Client(undefined)
    const session = await client.establish()
    client.stream.close()
    client.stream.close()
    client.stream.send('<message/>')
    expect(await client.hear()).toEqual(['</>'])
    await client.say("<message id='late'/>")
    expect(session.received).toEqual(['late'])
    expect(session.ends).toEqual([])
    await client.say('</stream:stream>')
    expect(session.ends).toEqual(['closed'])
    expect(client.isClosed).toBe(true)
    expect(client.kernel.environment.timers).toBe(0)
  })

  test('6. RFC 6120 §4.4: the wait for the client’s </stream> is bounded', async () => {
    const client = new Client(undefined)
    const session = await client.establish()
    client.stream.close()
    await settle()
    expect(client.isClosed).toBe(false)
    client.kernel.environment.pass(5_000)
    await settle()
    expect(client.isClosed).toBe(true)
    expect(session.ends).toEqual(['closed'])
  })

  test('a stream that is closed before it is bound leaves no timer', async () => {
    const client = new Client(undefined)
    await client.say(HEADER)
    client.stream.close(new StreamError('system-shutdown'))
    expect(conditions(await client.hear())).toEqual(['system-shutdown'])
    await client.say('</stream:stream>')
    expect(client.isClosed).toBe(true)
    expect(client.kernel.environment.timers).toBe(0)
  })

  test('41. RFC 6120 §7.7.2.2: close with conflict: the error, and the client is not heard any more', async () => {
    const client = new Client(undefined)
    const session = await client.establish()
    client.stream.close(new StreamError('conflict'))
    expect(session.ends).toEqual([])
    expect(conditions(await client.hear())).toEqual(['conflict'])
    expect(session.ends).toEqual(['error'])
    await client.say("<message id='late'/></stream:stream>")
    expect(session.received).toEqual([])
    expect(session.ends).toEqual(['error'])
    expect(client.isClosed).toBe(true)
  })

  test('a connection that breaks is lost, once', async () => {
    const client = new Client(undefined)
    const session = await client.establish()
    client.connection.destroy()
    await settle()
    client.stream.destroy()
    client.stream.close()
    await settle()
    expect(session.ends).toEqual(['lost'])
    expect(client.kernel.environment.timers).toBe(0)
  })

  test('a session is not there for ever because something of it never ends', async () => {
    const client = new Client(undefined)
    const session = await client.establish()
    session.answer = () => new Promise(() => {})
    await client.say("<message id='1'/><message id='2'/>")
    client.connection.destroy()
    await settle()
    expect(session.ends).toEqual([])
    client.kernel.environment.pass(5_000)
    expect(session.ends).toEqual(['lost'])
    expect(session.received).toEqual(['1'])
    expect(client.kernel.environment.timers).toBe(0)
  })

  test('destroy: lost, once', async () => {
    const client = new Client(undefined)
    const session = await client.establish()
    client.stream.destroy()
    await settle()
    expect(session.ends).toEqual(['lost'])
    expect(client.isClosed).toBe(true)
  })

  test('what a session throws or rejects ends its stream alone, reported', async () => {
    for (const answer of [
      () => {
        throw new Error('bug')
      },
      () => Promise.reject(new Error('bug')),
    ]) {
      const client = new Client(undefined)
      const session = await client.establish()
      session.answer = answer
      expect(conditions(await client.say("<message id='1'/><message id='2'/>"))).toEqual(['internal-server-error'])
      expect(session.received).toEqual(['1'])
      expect(client.kernel.errors).toEqual([new Error('bug')])
      expect(session.ends).toEqual(['error'])
    }
  })
})

describe('limits', () => {
  test('22. RFC 6120 §13.12: before authentication 10 000 bytes, after it more', async () => {
    const client = new Client(undefined)
    await client.say(HEADER)
    expect(conditions(await client.say(`<iq><x>${'a'.repeat(10_001)}</x></iq>`))).toEqual(['policy-violation'])
    const bound = new Client(undefined)
    const session = await bound.establish()
    await bound.say(`<message id='1'><body>${'a'.repeat(20_000)}</body></message>`)
    expect(session.received).toEqual(['1'])
  })

  test('a client that does not read is dropped at the bound, and costs nobody else anything', async () => {
    const client = new Client(undefined, { maxOutboundBytes: 10_000 })
    const session = await client.establish()
    client.connection.pause()
    for (let n = 0; n < 50; n++) client.stream.send(`<message><body>${'a'.repeat(1000)}</body></message>`)
    expect(client.stream.bufferedBytes).toBeLessThanOrEqual(11_000)
    await settle()
    expect(session.ends).toEqual(['lost'])
  })

  test('RFC 6120 §13.12: more bytes than the rate allows are read later, not refused', async () => {
    const client = new Client(undefined, { inboundBurstBytes: 5_000, inboundBytesPerSecond: 1_000 })
    const session = await client.establish()
    const message = (id: string) => `<message id='${id}'><body>${'a'.repeat(2_960)}</body></message>`
    for (const id of ['1', '2', '3', '4']) await client.say(message(id))
    const early = session.received.length
    expect(early).toBeLessThan(4)
    for (let seconds = 0; seconds < 12; seconds++) {
      client.kernel.environment.pass(1_000)
      await settle()
    }
    expect(session.received).toEqual(['1', '2', '3', '4'])
  })
})

describe('RFC 6120 §13.12: a few bytes that cause much work leave others their turn', () => {
  const cases: [string, () => void | Promise<void>][] = [
    ['at once', () => {}],
    ['by promises that are settled', () => Promise.resolve()],
  ]
  test.each(cases)('treated %s', async (_, result) => {
    const client = new Client(undefined)
    const session = await client.establish()
    const { environment } = client.kernel
    session.answer = () => {
      environment.pass(50)
      return result()
    }
    await client.say("<presence id='1'/><presence id='2'/><presence id='3'/>")
    expect(session.received).toEqual(['1'])
    environment.pass(30)
    await client.hear()
    expect(session.received).toEqual(['1', '2'])
    environment.pass(50)
    await client.hear()
    expect(session.received).toEqual(['1', '2', '3'])
  })

  test('what is waited for longer is nobody’s work', async () => {
    const client = new Client(undefined)
    const session = await client.establish()
    session.answer = () => new Promise((resolve) => client.kernel.environment.setTimer(1000, resolve))
    await client.say("<presence id='1'/><presence id='2'/>")
    client.kernel.environment.pass(1000)
    await client.hear()
    expect(session.received).toEqual(['1', '2'])
  })
})

test('the address and TLS of the connection are those of the stream', () => {
  const client = new Client(undefined)
  expect([client.stream.remoteAddress, client.stream.secure, client.stream.bufferedBytes]).toEqual(['memory', false, 0])
  expect(parseJid('juliet@im.example.com').local).toBe('juliet')
})
