import { type Jid, parseJid } from '@parlour/jid'
import { FakeEnvironment } from '@parlour/testing'
import { type Element, el, parseXml } from '@parlour/xml'
import {
  type Client,
  type ClientOptions,
  type ClientStream,
  createClient,
  type SessionWish,
  type Signal,
  type StreamAgreement,
} from '../src/index.ts'

/** A stream whose other end is the test. */
export class FakeStream implements ClientStream {
  readonly jid: Jid
  readonly secure = true
  readonly sent: (Element | string)[] = []
  readonly agreement: StreamAgreement
  closed = false
  destroyed = false
  #onElement: ((element: Element) => void) | undefined
  #onClose: ((error?: Error) => void) | undefined

  constructor(jid: Jid, features: Element, agreement: Partial<StreamAgreement> = {}) {
    this.jid = jid
    this.agreement = { jid, features, header: { namespace: 'jabber:client' }, mechanism: 'SCRAM-SHA-256', ...agreement }
  }

  send(stanza: Element | string): void {
    this.sent.push(stanza)
  }

  onElement(callback: (element: Element) => void): void {
    this.#onElement = callback
  }

  onClose(callback: (error?: Error) => void): void {
    this.#onClose = callback
  }

  async close(): Promise<void> {
    this.closed = true
    this.#onClose?.()
  }

  destroy(): void {
    this.destroyed = true
    this.#onClose?.()
  }

  /** The server sends this. */
  receive(xml: string): void {
    this.#onElement?.(parseXml(xml.replace(/^<(\w+)/, "<$1 xmlns='jabber:client'")))
  }

  /** The server sends this, as it stands. */
  receiveNonza(xml: string): void {
    this.#onElement?.(parseXml(xml))
  }

  /** The connection ends. */
  lose(error?: Error): void {
    this.#onClose?.(error)
  }

  /** What was sent last. */
  get last(): Element {
    const element = this.sent.at(-1)
    if (element === undefined || typeof element === 'string') throw new Error(`not an element: ${element}`)
    return element
  }
}

export const ACCOUNT = parseJid('juliet@example.com')
export const FEATURES = el('features', 'http://etherx.jabber.org/streams')

/** A client whose attempts to connect end as the test says. */
export class Scene implements Disposable {
  readonly environment = new FakeEnvironment()
  readonly streams: FakeStream[] = []
  readonly signals: Signal[] = []
  readonly wishes: SessionWish[] = []
  /** How the coming streams were agreed upon, beyond the usual. */
  agreement: Partial<StreamAgreement> = {}
  /** How the coming attempts fail; when empty they succeed. */
  readonly failures: unknown[]
  readonly client: Client
  readonly features: Element

  constructor(options: Partial<ClientOptions> = {}, failures: readonly unknown[] = [], features: Element = FEATURES) {
    this.features = features
    this.failures = [...failures]
    this.client = createClient({
      jid: ACCOUNT,
      environment: this.environment,
      open: (signal, wish) => this.#open(signal, wish),
      ...options,
    })
  }

  /** The present stream. */
  get stream(): FakeStream {
    const stream = this.streams.at(-1)
    if (!stream) throw new Error('no stream was opened')
    return stream
  }

  [Symbol.dispose](): void {
    void this.client.close()
  }

  async #open(signal: Signal, wish: SessionWish): Promise<ClientStream> {
    this.signals.push(signal)
    this.wishes.push(wish)
    const failure = this.failures.shift()
    if (failure !== undefined) throw failure
    const isResumed = this.agreement.resumption?.type === 'resumed'
    const jid = isResumed && wish.resume ? wish.resume.jid : ACCOUNT.withResource(`balcony-${this.streams.length}`)
    const stream = new FakeStream(jid, this.features, this.agreement)
    this.streams.push(stream)
    return stream
  }
}

/** A scene whose client is online. */
export async function online(options: Partial<ClientOptions> = {}): Promise<Scene> {
  const scene = new Scene(options)
  await scene.client.online()
  return scene
}

/** Lets promises settle. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

/** The error a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('did not reject')
    },
    (error: unknown) => error,
  )
}
