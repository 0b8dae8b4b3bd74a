import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TestDnsServer } from '@parlour/resolver-dns/testing'
import { createTestAuthority } from '@parlour/testing/certificates'
import { Gate } from './gate.ts'
import { type Authorities, KIND_NAMES, KINDS, type KindName } from './kinds.ts'

/** A domain of a server, with the files that the server needs for it. */
export interface Domain {
  readonly name: string
  readonly kind: KindName
  /** PEM files. */
  readonly certificate: string
  readonly key: string
}

/** Where a server stands in the network. */
export interface Site {
  /** Of its own. */
  readonly folder: string
  readonly domains: readonly Domain[]
  /** What others connect to, by DNS. */
  readonly gate: Gate
  /** The same for connections with TLS from the first octet on. */
  readonly directGate: Gate
  /** The name server, such as `127.0.0.1:40001`. */
  readonly nameServer: string
  /** PEM file of the authority to trust. */
  readonly authority: string
}

/** Name server and certificate authority of the servers of a run; all on 127.0.0.1. */
export class Network implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'parlour-federation-'))
  readonly #opened = new AsyncDisposableStack()
  readonly #dns: TestDnsServer
  readonly #authorities: Authorities
  readonly #authority: string

  static async open(): Promise<Network> {
    // ejabberd asks the system for addresses, and the system knows this name only.
    const records = { localhost: [{ type: 'A', address: '127.0.0.1' }] } as const
    const [trusted, unknown] = await Promise.all([createTestAuthority(), createTestAuthority()])
    return new Network(await TestDnsServer.start({ records }), { trusted, unknown })
  }

  private constructor(dns: TestDnsServer, authorities: Authorities) {
    this.#dns = this.#opened.use(dns)
    this.#authorities = authorities
    this.#authority = join(this.#folder, 'authority.pem')
    writeFileSync(this.#authority, authorities.trusted.pem)
    this.#opened.defer(() => rmSync(this.#folder, { recursive: true, force: true }))
  }

  /** A place for a server: domains `<kind>.<name>.example`, found by SRV records behind a gate. */
  async site(name: string): Promise<Site> {
    const folder = join(this.#folder, name)
    mkdirSync(folder)
    const [gate, directGate] = await Promise.all([Gate.open(), Gate.open()])
    for (const each of [gate, directGate]) this.#opened.use(each)
    const domains = await Promise.all(KIND_NAMES.map((kind) => this.#domain(kind, name, folder)))
    for (const { kind, name } of domains) {
      const [service, { port }] = kind === 'direct' ? ['_xmpps-server', directGate] : ['_xmpp-server', gate]
      this.#dns.records.set(`${service}._tcp.${name}`, [{ type: 'SRV', port, target: 'localhost' }])
    }
    return { folder, domains, gate, directGate, nameServer: this.#dns.address, authority: this.#authority }
  }

  /** What the name server was asked. */
  questions(): string[] {
    return this.#dns.questions.map(({ name, type }) => `${type} ${name}`)
  }

  async #domain(kind: KindName, site: string, folder: string): Promise<Domain> {
    const name = domainName(kind, site)
    const { certificate, key } = await KINDS[kind].certificate(name, this.#authorities)
    const files = { certificate: join(folder, `${kind}.pem`), key: join(folder, `${kind}.key`) }
    writeFileSync(files.certificate, certificate)
    writeFileSync(files.key, key)
    return { name, kind, ...files }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync()
  }
}

export const domainName = (kind: KindName, site: string): string => `${kind}.${site}.example`
