import {
  type Client,
  type ClientStream,
  createClient,
  type SessionWish,
  type StreamAgreement,
} from '@parlour/client-core'
import { parseJid } from '@parlour/jid'
import { FakeEnvironment } from '@parlour/testing'
import { type Element, el } from '@parlour/xml'

const SM_NAMESPACE = 'urn:xmpp:sm:3'
const JID = parseJid('juliet@example.com/balcony')

/** A client whose connections are lost, one after the other; the server is the test. */
export class ClientSessions implements AsyncDisposable {
  readonly client: Client
  /** What was sent on the present stream, without what belongs to stream management. */
  sent: string[] = []
  readonly #environment = new FakeEnvironment()
  readonly #features: Element
  #wish: SessionWish = {}
  #agreement: Partial<StreamAgreement> = {}
  #deliver: (element: Element) => void = () => undefined
  #lose: () => void = () => undefined

  private constructor(features: readonly Element[]) {
    this.#features = el('features', 'http://etherx.jabber.org/streams', {}, el('sm', SM_NAMESPACE), ...features)
    this.client = createClient({
      jid: JID,
      environment: this.#environment,
      keepalive: false,
      open: async (_signal, wish) => this.#open(wish),
    })
  }

  static async start(...features: Element[]): Promise<ClientSessions> {
    const sessions = new ClientSessions(features)
    await sessions.client.online()
    sessions.#deliver(el('enabled', SM_NAMESPACE, { id: 's', resume: 'true' }))
    return sessions
  }

  /** What was to be had along with binding the present stream. */
  get wanted(): string[] {
    return (this.#wish.inline ?? []).map(({ element }) => element.toString())
  }

  /** The last request succeeds. */
  answer(): void {
    const id = /id='([^']+)'/.exec(this.sent.at(-1) ?? '')?.[1]
    this.#deliver(el('iq', 'jabber:client', { type: 'result', id }))
  }

  /** The connection is lost; another one is agreed upon so. */
  async next(agreement: Partial<StreamAgreement>): Promise<void> {
    this.#agreement = agreement
    this.#lose()
    this.#environment.advance(60_000)
    await this.client.online()
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.client.close()
  }

  #open(wish: SessionWish): ClientStream {
    this.#wish = wish
    this.sent = []
    const agreed = { jid: JID, features: this.#features, header: { namespace: 'jabber:client' }, mechanism: 'PLAIN' }
    return {
      jid: JID,
      agreement: { ...agreed, ...this.#agreement },
      secure: true,
      send: (stanza) => {
        const text = stanza.toString()
        if (!/^<(r|enable) xmlns='urn:xmpp:sm:3'/.test(text)) this.sent.push(text)
      },
      onElement: (deliver) => {
        this.#deliver = deliver
      },
      onClose: (callback) => {
        this.#lose = callback
      },
      close: async () => this.#lose(),
      destroy: () => this.#lose(),
    }
  }
}
