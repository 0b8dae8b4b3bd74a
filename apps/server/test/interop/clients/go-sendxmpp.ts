import { Child } from '../../support/child.ts'
import { until, withTimeLimit } from '../../support/waiting.ts'
import type { InteropClient, MessageEvent, SignedIn, SignIn } from '../client.ts'

const LIMIT = 45_000

/** go-sendxmpp: it sends what it reads and ends, or listens and prints messages. */
export class GoSendXmppClient implements InteropClient {
  readonly product = 'go-sendxmpp'
  jid = ''
  readonly #transcript: string[] = []
  #how: SignIn | undefined
  #listener: Child | undefined
  readonly #messages: MessageEvent[] = []
  #read = 0

  /** Signs in as a listener; it chooses its resource itself. */
  async signIn(how: SignIn): Promise<SignedIn> {
    this.#how = how
    const listener = this.#start('--listen')
    this.#listener = listener
    // It does not name the mechanism. With SCRAM a success brings the server's signature (RFC 5802 §3), with PLAIN nothing.
    const [success] = await listener.line(/<success[^>]*(\/>|>)/, LIMIT)
    const [, jid = ''] = await listener.line(/<jid>(.*)<\/jid>/, LIMIT)
    await listener.line(new RegExp(`<presence [^>]*from='${jid}'`), LIMIT)
    this.jid = jid
    return { jid, mechanism: success.endsWith('/>') ? 'PLAIN' : 'SCRAM' }
  }

  async close(): Promise<void> {
    await this.#listener?.end()
  }

  transcript(): string {
    return [...this.#transcript, ...(this.#listener?.transcript ?? [])].join('\n')
  }

  message(fits: (message: MessageEvent) => boolean): Promise<MessageEvent> {
    return until(
      () => {
        const lines = this.#listener?.transcript ?? []
        for (; this.#read < lines.length; this.#read++) {
          // It prints neither resource nor delay.
          const [, from = '', body = ''] = lines[this.#read]?.match(/^\d{4}-\S+Z (\S+@\S+): (.*)$/) ?? []
          if (from) this.#messages.push({ from, body })
        }
        const at = this.#messages.findIndex(fits)
        return at < 0 ? undefined : this.#messages.splice(at, 1)[0]
      },
      LIMIT,
      `go-sendxmpp: a message that fits ${fits}`,
    )
  }

  async send(to: string, body: string): Promise<void> {
    const child = this.#start(to)
    child.write(body)
    child.process.stdin?.end()
    const code = await withTimeLimit(child.exited, LIMIT, 'go-sendxmpp: the end of sending')
    this.#transcript.push(...child.transcript)
    if (code !== 0) throw new Error(`go-sendxmpp ended with ${code}: ${child.transcript.slice(-3).join(' ')}`)
  }

  #start(...args: string[]): Child {
    const { jid = '', password = '', host, port, tls, ca } = this.#how ?? {}
    const direct = tls === 'direct' ? ['--tls'] : []
    const all = [
      '--debug',
      '-u',
      jid.split('/')[0] as string,
      '-p',
      password,
      '-j',
      `${host}:${port}`,
      ...direct,
      ...args,
    ]
    return new Child('go-sendxmpp', all, { env: { ...process.env, SSL_CERT_FILE: ca } })
  }
}
