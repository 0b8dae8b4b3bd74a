import { type Jid, parseJid } from '@parlour/jid'
import { type SaslCrypto, webCrypto } from '@parlour/sasl'
import { componentHandshake, equalHandshakes } from '@parlour/stream-negotiation'
import { StreamError } from '@parlour/xml-stream'
import type { Discovery } from '../discovery.ts'
import type { ClientStream } from '../stream/kernel-port.ts'
import type { ComponentSettings } from './options.ts'

/** What an operator is told of a component. */
export interface ComponentStatus {
  readonly domain: string
  readonly connected: boolean
  /** Of the connection that stands. */
  readonly remoteAddress: string | undefined
  readonly secure: boolean
  /** Milliseconds since 1970 at which it was accepted. */
  readonly since: number | undefined
  /** Bytes that wait for a component which does not read. */
  readonly bufferedBytes: number
  /** Stanzas since the server's start. */
  readonly received: number
  readonly sent: number
}

/** One configured component, connected or not. */
export class Component {
  readonly domain: string
  readonly jid: Jid
  readonly counts = { received: 0, sent: 0 }
  readonly #settings: ComponentSettings
  readonly #discovery: Discovery | undefined
  #stream: ClientStream | undefined
  #since: number | undefined
  #unlist: (() => void) | undefined

  /** @param discovery of the host that lists it */
  constructor(settings: ComponentSettings, discovery: Discovery | undefined) {
    this.jid = parseJid(settings.domain)
    this.domain = this.jid.domain
    this.#settings = settings
    this.#discovery = discovery
  }

  /** The stream that stands. */
  get stream(): ClientStream | undefined {
    return this.#stream
  }

  get status(): ComponentStatus {
    const stream = this.#stream
    return {
      domain: this.domain,
      connected: stream !== undefined,
      remoteAddress: stream?.remoteAddress,
      secure: stream?.secure ?? false,
      since: this.#since,
      bufferedBytes: stream?.bufferedBytes ?? 0,
      ...this.counts,
    }
  }

  /** Whether the handshake proves that the peer knows the secret. */
  async accepts(handshake: string, streamId: string, crypto: Pick<SaslCrypto, 'digest'> = webCrypto): Promise<boolean> {
    return equalHandshakes(await componentHandshake(streamId, this.#settings.secret, crypto), handshake)
  }

  /** Makes this stream the component's own, by the policy for conflicts. @returns why not */
  claim(stream: ClientStream, now: number): StreamError | undefined {
    const older = this.#stream
    if (older && this.#settings.conflict !== 'replace')
      return new StreamError('conflict', `another connection serves ${this.domain}`)
    this.#stream = stream
    this.#since = now
    const { name } = this.#settings
    this.#unlist ??= this.#discovery?.addItem({ jid: this.domain, ...(name !== undefined && { name }) })
    older?.close(new StreamError('conflict', `a newer connection serves ${this.domain}`))
    return undefined
  }

  /** The stream is over; another one may have taken its place. @returns whether it was the component's own */
  release(stream: ClientStream): boolean {
    if (this.#stream !== stream) return false
    this.#stream = undefined
    this.#since = undefined
    this.#unlist?.()
    this.#unlist = undefined
    return true
  }
}
