import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TestDnsServer } from '@parlour/resolver-dns/testing'
import type { ServerOptions } from '@parlour/server'
import { createTestAuthority, type TestAuthority, type TestCertificate } from '@parlour/testing/certificates'
import { RawClient, type RawTarget } from '../support/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../support/server-process.ts'

export const PASSWORD = 'secret'

/** A server of a domain in a process of its own. */
export interface DomainServer {
  readonly domain: string
  readonly process: ServerProcess
  /** The port for other servers. */
  readonly port: number
  readonly target: RawTarget
  signIn(username: string, resource?: string): Promise<RawClient>
}

/** Name server, certificate authority and folder of the servers of a test; all on 127.0.0.1. */
export class Network implements AsyncDisposable {
  readonly dns: TestDnsServer
  readonly authority: TestAuthority
  readonly #folder: string
  readonly #opened = new AsyncDisposableStack()

  static async open(): Promise<Network> {
    const records = { localhost: [{ type: 'A', address: '127.0.0.1' }] } as const
    return new Network(await TestDnsServer.start({ records }), await createTestAuthority())
  }

  private constructor(dns: TestDnsServer, authority: TestAuthority) {
    this.dns = this.#opened.use(dns)
    this.authority = authority
    this.#folder = mkdtempSync(join(tmpdir(), 'parlour-network-'))
    this.#opened.defer(() => rmSync(this.#folder, { recursive: true, force: true }))
    writeFileSync(this.#file('authority.pem'), authority.pem)
  }

  /** Where others find a domain. */
  point(domain: string, port: number): void {
    this.dns.records.set(`_xmpp-server._tcp.${domain}`, [{ type: 'SRV', port, target: 'localhost' }])
  }

  certificate(...domains: string[]): Promise<TestCertificate> {
    return this.authority.issue({ domains })
  }

  /** Starts a server, and an account for each name; ended with the network. Others find it once it is pointed at. */
  async serve(domain: string, usernames: readonly string[], options: ServerOptions = {}): Promise<DomainServer> {
    const { certificate, key } = await this.certificate(domain)
    writeFileSync(this.#file(`${domain}.pem`), certificate)
    writeFileSync(this.#file(`${domain}.key`), key)
    const process = await startServerProcess({
      domain,
      storage: 'memory',
      authentication: { iterations: 4096 },
      certificates: [{ certificate: this.#file(`${domain}.pem`), key: this.#file(`${domain}.key`) }],
      ...options,
      listen: { address: '127.0.0.1', starttls: 0, directTls: 0, server: 0, serverDirectTls: false, ...options.listen },
      federation: {
        enabled: true,
        authorities: [this.#file('authority.pem')],
        nameServers: [this.dns.address],
        ...options.federation,
      },
    })
    this.#opened.use(process)
    for (const name of usernames) await process.createAccount(`${name}@${domain}`, PASSWORD)
    const { host, starttls, directTls, server } = process
    if (server === undefined) throw new Error(`${domain} listens for no server`)
    const target = { host, starttls, directTls, domain, authority: this.#file('authority.pem') }
    return {
      ...{ domain, process, port: server, target },
      signIn: (username, resource) => RawClient.signedIn(target, username, PASSWORD, resource),
    }
  }

  #file(name: string): string {
    return join(this.#folder, name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync()
  }
}

/** Lines that a server logged at a level, from the `since`th line of its transcript on. */
export function logged({ process }: DomainServer, level: 'info' | 'warn' | 'error', since = 0): string[] {
  return process.child.transcript.slice(since).filter((line) => line.startsWith(`! ${level} `))
}
