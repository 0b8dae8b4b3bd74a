import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { parseJid } from '@parlour/jid'
import { createReceiverExchange, createSaslServer, deriveScramCredentials, type SaslCrypto } from '@parlour/sasl'
import { type Environment, NegotiationError } from '@parlour/stream-negotiation'
import { type Connection, createMemoryPair } from '@parlour/transport'
import { type Element, el, serialize } from '@parlour/xml'
import { StreamParser } from '@parlour/xml-stream'
import { describe, expect, test } from 'vitest'
import { type OpenClientStreamOptions, type OpenedClientStream, openClientStream } from './index.ts'

class FakeEnvironment implements Environment {
  #now = 0
  #timers: { at: number; fn: () => void }[] = []
  now = () => this.#now
  randomBytes = (n: number) => crypto.getRandomValues(new Uint8Array(n))

  setTimer(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + ms, fn }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
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

const settle = async () => {
  for (let n = 0; n < 6; n++) await new Promise((resolve) => setImmediate(resolve))
}

const cryptography: SaslCrypto = {
  digest: async (hash, message) => createHash(hash).update(message).digest(),
  hmac: async (hash, key, message) => createHmac(hash, key).update(message).digest(),
  pbkdf2: async (hash, password, salt, iterations) => pbkdf2Sync(password, salt, iterations, 20, hash),
}

const HEADER =
  "<?xml version='1.0'?><stream:stream from='im.example.com' id='s1' version='1.0' xml:lang='en' " +
  "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
const features = (content: string) => `<stream:features>${content}</stream:features>`
const STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
const MECHANISMS =
  "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism></mechanisms>"
const BIND = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"

/** A server of a few lines; each may be replaced. */
class Server {
  readonly connection: Connection
  readonly heard: string[] = []
  /** What follows the header, stream by stream. */
  features = [features(STARTTLS), features(MECHANISMS), features(BIND)]
  proceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
  bound = 'juliet@im.example.com/balcony'
  /** Sent right behind the bind result. */
  behind = ''
  isClosed = false
  readonly #parser: StreamParser
  #streams = 0
  readonly #exchange

  constructor(connection: Connection) {
    this.connection = connection
    this.#parser = new StreamParser({
      header: (header) => {
        this.heard.push(`header from=${header.from} to=${header.to}`)
        connection.write(HEADER + (this.features[this.#streams++] ?? ''))
      },
      element: (element) => void this.#take(element),
      footer: () => this.heard.push('</>'),
      error: (error) => this.heard.push(error.condition),
    })
    connection.onData((chunk) => this.#parser.write(chunk))
    connection.onClose(() => {
      this.isClosed = true
    })
    const secret = new Uint8Array(16)
    const randomBytes = (n: number) => crypto.getRandomValues(new Uint8Array(n))
    this.#exchange = createReceiverExchange(
      createSaslServer({
        mechanisms: ['SCRAM-SHA-1'],
        domain: 'im.example.com',
        tls: true,
        credentials: {
          lookUp: () => deriveScramCredentials('r0m30myr0m30', { hash: 'SHA-1', salt: secret, crypto: cryptography }),
        },
        secret,
        randomBytes,
        crypto: cryptography,
      }),
    )
  }

  async #take(element: Element): Promise<void> {
    this.heard.push(element.name)
    if (element.name === 'starttls') {
      this.connection.write(this.proceed)
      if (!this.proceed.includes('<proceed')) return
      this.#parser.reset()
      await this.connection.startTls().catch(() => this.heard.push('tls failed'))
    } else if (element.namespace === 'urn:ietf:params:xml:ns:xmpp-sasl') await this.#authenticate(element)
    else if (element.child('bind', 'urn:ietf:params:xml:ns:xmpp-bind')) {
      const jid = `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>${this.bound}</jid></bind>`
      this.connection.write(`<iq type='result' id='${element.attribute('id')}'>${jid}</iq>${this.behind}`)
    }
  }

  async #authenticate(element: Element): Promise<void> {
    const outcome = await this.#exchange.receive(element)
    if (outcome.type === 'success') this.#parser.reset()
    if (outcome.type === 'continue' || outcome.type === 'success') this.connection.write(serialize(outcome.send))
  }
}

interface Attempt {
  readonly server: Server
  readonly environment: FakeEnvironment
  readonly opened: Promise<OpenedClientStream>
}

function open(
  chunkBytes: number | undefined,
  prepare: (server: Server) => void = () => {},
  options: Partial<OpenClientStreamOptions> = {},
): Attempt {
  const [client, connection] = createMemoryPair(chunkBytes === undefined ? {} : { chunkBytes })
  const server = new Server(connection)
  prepare(server)
  const environment = new FakeEnvironment()
  const opened = openClientStream(client, {
    jid: parseJid('juliet@im.example.com/balcony'),
    credentials: { password: 'r0m30myr0m30', crypto: cryptography },
    environment,
    ...options,
  })
  opened.catch(() => {}) // looked at later
  return { server, environment, opened }
}

async function failure({ opened, server, environment }: Attempt): Promise<NegotiationError> {
  const error: unknown = await opened.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  await settle()
  if (!(error instanceof NegotiationError)) throw new Error(`not a NegotiationError: ${error}`)
  expect(server.isClosed).toBe(true)
  expect(environment.timers).toBe(0)
  return error
}

describe.each([
  ['whole writes', undefined],
  ['byte by byte', 1],
])('%s', (_, chunkBytes) => {
  test('RFC 6120 §9.1: a stream is opened, used and closed', async () => {
    const attempt = open(chunkBytes)
    const stream = await attempt.opened
    expect(stream.jid.toString()).toBe('juliet@im.example.com/balcony')
    expect([stream.secure, stream.agreement.mechanism]).toEqual([true, 'SCRAM-SHA-1'])
    expect(stream.agreement.features.child('bind', 'urn:ietf:params:xml:ns:xmpp-bind')).toBeDefined()
    expect(attempt.environment.timers).toBe(0)
    const heard: string[] = []
    stream.onElement((element) => heard.push(element.name))
    stream.send(el('presence', 'jabber:client'))
    stream.send("<message id='m1'/>")
    attempt.server.connection.write('<message/><iq/>')
    await settle()
    expect(heard).toEqual(['message', 'iq'])
    expect(attempt.server.heard).toEqual([
      'header from=undefined to=im.example.com',
      'starttls',
      'header from=juliet@im.example.com to=im.example.com',
      'auth',
      'response',
      'header from=juliet@im.example.com to=im.example.com',
      'iq',
      'presence',
      'message',
    ])
    const ends: unknown[] = []
    stream.onClose((error) => ends.push(error))
    const closed = stream.close()
    await settle()
    expect(attempt.server.heard.at(-1)).toBe('</>')
    attempt.server.connection.write('<message/></stream:stream>')
    await closed
    expect(heard).toEqual(['message', 'iq', 'message'])
    expect(ends).toEqual([undefined])
    expect(attempt.environment.timers).toBe(0)
  })

  test('CVE-2016-10027: a removed <starttls/> is starttls-not-offered, and nothing was said', async () => {
    const attempt = open(chunkBytes, (server) => {
      server.features = [features(MECHANISMS)]
    })
    expect((await failure(attempt)).code).toBe('starttls-not-offered')
    expect(attempt.server.heard).toEqual(['header from=undefined to=im.example.com', '</>'])
  })

  test('25. RFC 6120 §5.4.3.3: features injected behind <proceed/> are discarded', async () => {
    const attempt = open(chunkBytes, (server) => {
      server.proceed += `${HEADER}${features(BIND)}`
    })
    const outcome = await attempt.opened.then(
      (stream) => stream.secure,
      (error: NegotiationError) => error.code,
    )
    expect([true, 'tls-failed']).toContain(outcome)
    expect(attempt.server.heard).not.toContain('iq before SASL')
    if (outcome === true) expect(attempt.server.heard).toContain('auth')
  })

  test('elements that come with the bind result wait for a listener', async () => {
    const attempt = open(chunkBytes, (server) => {
      server.behind = '<presence/><message/>'
    })
    const stream = await attempt.opened
    await settle()
    const heard: string[] = []
    stream.onElement((element) => heard.push(element.name))
    await settle()
    expect(heard).toEqual(['presence', 'message'])
  })
})

describe('failures', () => {
  test('RFC 6120 §6.5.10: a wrong password: authentication-failed, with the SaslError', async () => {
    const error = await failure(open(undefined, undefined, { credentials: { password: 'x', crypto: cryptography } }))
    expect(error.code).toBe('authentication-failed')
    expect(error.cause).toMatchObject({ code: 'failure', condition: 'not-authorized' })
  })

  test('no mechanism in common: authentication-failed, with the SaslError', async () => {
    const error = await failure(
      open(undefined, (server) => {
        server.features[1] = features(MECHANISMS.replace('SCRAM-SHA-1', 'X-ODD'))
      }),
    )
    expect(error).toMatchObject({ code: 'authentication-failed', cause: { code: 'no-acceptable-mechanism' } })
  })

  test('RFC 6120 §5.4.2.2: <failure/> is starttls-refused', async () => {
    const error = await failure(
      open(undefined, (server) => {
        server.proceed = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>"
      }),
    )
    expect(error.code).toBe('starttls-refused')
  })

  test('RFC 6120 §4.9: the server’s stream error is the cause', async () => {
    const error = await failure(
      open(undefined, (server) => {
        server.features = [
          "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
        ]
      }),
    )
    expect(error).toMatchObject({ code: 'stream-error', cause: { condition: 'host-unknown' } })
  })

  test('a server that says nothing: timeout, and no socket is left', async () => {
    const attempt = open(undefined, (server) => {
      server.features = ['']
    })
    await settle()
    attempt.environment.pass(30_000)
    expect((await failure(attempt)).code).toBe('timeout')
    expect(attempt.server.heard.slice(-2)).toEqual(['error', '</>'])
  })

  test('a connection that breaks: connection-lost', async () => {
    const attempt = open(undefined, (server) => {
      server.features = ['']
    })
    await settle()
    attempt.server.connection.destroy()
    expect((await failure(attempt)).code).toBe('connection-lost')
  })

  test('a handshake that breaks: tls-failed, with its cause', async () => {
    const attempt = open(undefined, (server) => {
      server.connection.startTls = async () => {
        await settle()
        server.connection.destroy()
      }
    })
    const error = await failure(attempt)
    expect(error.code).toBe('tls-failed')
  })

  test('an AbortSignal: before and in the middle, with its reason', async () => {
    const reason = new Error('enough')
    const controller = new AbortController()
    const attempt = open(
      undefined,
      (server) => {
        server.features = ['']
      },
      { signal: controller.signal },
    )
    await settle()
    controller.abort(reason)
    expect(await failure(attempt)).toMatchObject({ code: 'aborted', cause: reason })
    expect(await failure(open(undefined, undefined, { signal: AbortSignal.abort(reason) }))).toMatchObject({
      code: 'aborted',
      cause: reason,
    })
  })
})

describe('an opened stream', () => {
  test('RFC 6120 §4.4: the wait for the server’s </stream> is bounded', async () => {
    const { opened, server, environment } = open(undefined)
    const stream = await opened
    const closed = stream.close()
    await settle()
    expect(server.isClosed).toBe(false)
    environment.pass(5_000)
    await closed
    expect(environment.timers).toBe(0)
    await stream.close()
  })

  test('RFC 6120 §4.4: the server’s </stream> is answered, and the stream ends without an error', async () => {
    const { opened, server } = open(undefined)
    const stream = await opened
    stream.onElement(() => {})
    const ends: unknown[] = []
    stream.onClose((error) => ends.push(error))
    server.connection.write('</stream:stream>')
    await settle()
    expect(server.heard.at(-1)).toBe('</>')
    expect(ends).toEqual([undefined])
  })

  test('RFC 6120 §4.9.3.3: a stream error is what onClose hears', async () => {
    const { opened, server } = open(undefined)
    const stream = await opened
    stream.onElement(() => {})
    server.connection.write(
      "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
    )
    await settle()
    const ends: unknown[] = []
    stream.onClose((error) => ends.push(error))
    expect(ends).toEqual([expect.objectContaining({ condition: 'conflict' })])
  })

  test('20. RFC 6120 §11.3: what is not XML ends the stream with not-well-formed', async () => {
    const { opened, server } = open(undefined)
    const stream = await opened
    const ends: unknown[] = []
    stream.onClose((error) => ends.push(error))
    stream.onElement(() => {})
    server.connection.write('<message></presence>')
    await settle()
    expect(server.heard.slice(-2)).toEqual(['error', '</>'])
    expect(ends).toEqual([expect.objectContaining({ condition: 'not-well-formed' })])
    stream.send('<message/>')
    expect(stream.bufferedBytes).toBe(0)
  })

  test('destroy drops the connection', async () => {
    const { opened, server } = open(undefined)
    const stream = await opened
    stream.destroy()
    await settle()
    expect(server.isClosed).toBe(true)
  })
})
