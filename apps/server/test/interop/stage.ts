import type { InteropClient, SignedIn } from './client.ts'
import type { StartClient } from './drivers.ts'
import type { Product } from './product.ts'
import type { Account, StageServer } from './stage-server.ts'

/** The clients of one product's cases: the product under test, and a partner of another product. */
export class Stage {
  readonly server: StageServer
  readonly product: string
  /** How the product signs in. */
  readonly mechanism: RegExp
  readonly #start: StartClient
  readonly #startPartner: StartClient
  readonly #open = new Set<InteropClient>()

  constructor(server: StageServer, { name, start, startPartner, mechanism }: Product) {
    this.server = server
    this.product = name.replace(/\W/g, '')
    this.mechanism = mechanism
    this.#start = start
    this.#startPartner = startPartner
  }

  /** A new account. */
  account(): Promise<Account> {
    return this.server.account()
  }

  /** The product under test, signed in; available too unless told otherwise. */
  async client(account: Account, options: SignInOptions = {}): Promise<InteropClient> {
    return (await this.signIn(this.#start, account, options)).client
  }

  /** The partner, signed in and available. */
  async partner(account: Account, options: SignInOptions = {}) {
    // Partners are driven clients, which can do everything.
    return (await this.signIn(this.#startPartner, account, options)).client as Required<InteropClient>
  }

  async signIn(
    start: StartClient | undefined,
    { address, password }: Account,
    { resource = 'one', tls = 'starttls', available = true, register }: SignInOptions,
  ): Promise<{ client: InteropClient; signedIn: SignedIn }> {
    const { host, starttls, directTls, authority } = this.server
    const client = await (start ?? this.#start)(authority)
    this.#open.add(client)
    const port = tls === 'starttls' ? starttls : directTls
    const jid = `${address}/${resource}`
    const signedIn = await client.signIn({
      jid,
      password,
      host,
      port,
      tls,
      ca: authority,
      ...(register && { register }),
    })
    if (available) await becomeAvailable(client, signedIn.jid)
    return { client, signedIn }
  }

  transcript(): string {
    return [...this.#open].map((client) => `--- ${client.product}\n${client.transcript()}`).join('\n')
  }

  /** Ends all clients. */
  async clear(): Promise<void> {
    await Promise.all([...this.#open].map((client) => client.close()))
    this.#open.clear()
  }
}

export interface SignInOptions {
  readonly resource?: string
  readonly tls?: 'starttls' | 'direct'
  readonly available?: boolean
  readonly register?: string
}

/**
 * Asks for the roster, without which no answers about subscriptions come (RFC 6121 §2.2), sends presence and waits until it
 * has come back (§4.2.2): from then on messages reach this resource.
 */
export async function becomeAvailable(client: InteropClient, jid: string): Promise<void> {
  await client.roster?.()
  await client.presence?.()
  await client.presenceFrom?.(({ from, type }) => from === jid && type === 'available')
}
