import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { RawConnection } from './raw-connection.ts'

/** Where a raw client connects. */
export interface RawTarget {
  readonly host: string
  readonly starttls: number
  readonly directTls: number
  readonly authority: string
  /** `localhost` if not given. */
  readonly domain?: string
}

const STREAM = "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'"
const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl'
export const headerTo = (domain: string): string => `<stream:stream to='${domain}' ${STREAM}>`
export const HEADER = headerTo('localhost')

/** A client that sends whatever it is told, well-formed or not. */
export class RawClient extends RawConnection {
  #domain = 'localhost'
  #next = 1

  /** Without TLS. */
  static async plain({ host, starttls }: RawTarget): Promise<RawClient> {
    const socket = connect(starttls, host)
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  /** With TLS from the first byte. */
  static async secure({ host, directTls, authority, domain }: RawTarget): Promise<RawClient> {
    const socket = connectTls({ ...securityOf(authority, domain), host, port: directTls })
    await once(socket, 'secureConnect')
    return new RawClient(socket)
  }

  /** With TLS, signed in with PLAIN, its resource bound. */
  static async signedIn(target: RawTarget, username: string, password: string, resource = 'raw'): Promise<RawClient> {
    const client = await RawClient.secure(target)
    client.#domain = target.domain ?? 'localhost'
    const header = headerTo(client.#domain)
    client.write(header)
    await client.take(/<\/stream:features>/)
    client.write(plainAuthentication(username, password))
    await client.take(/<success[^>]*>/)
    client.write(header)
    await client.take(/<\/stream:features>/)
    client.write(
      `<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${resource}</resource></bind></iq>`,
    )
    await client.take(/<iq [^>]*type='result'.*?<\/iq>/)
    return client
  }

  /** Begins TLS on the plain connection. */
  async upgrade(authority: string): Promise<void> {
    await super.startTls(securityOf(authority))
  }

  /** Waits for the answer to a ping: all that was sent before has been handled. Gives back what came before it. */
  async ping(): Promise<string> {
    const id = `p${this.#next++}`
    this.write(`<iq type='get' id='${id}' to='${this.#domain}'><ping xmlns='urn:xmpp:ping'/></iq>`)
    const { input, index } = await this.takeMatch(new RegExp(`<iq [^>]*id='${id}'[^>]*>`))
    return input.slice(0, index)
  }

  /** Sends a request and waits for its answer. */
  async set(payload: string): Promise<string> {
    const id = `s${this.#next++}`
    this.write(`<iq type='set' id='${id}'>${payload}</iq>`)
    return this.take(new RegExp(`<iq [^>]*id='${id}'[^>]*(?:/>|>.*?</iq>)`))
  }
}

export function plainAuthentication(username: string, password: string): string {
  const text = Buffer.from(`\0${username}\0${password}`).toString('base64')
  return `<auth xmlns='${SASL}' mechanism='PLAIN'>${text}</auth>`
}

const authorities = new Map<string, Buffer>()

function securityOf(authority: string, servername = 'localhost') {
  const ca = authorities.get(authority) ?? readFileSync(authority)
  authorities.set(authority, ca)
  return { ca, servername }
}
