import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createSocketServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TestDnsServer } from '@parlour/resolver-dns/testing'
import { createTestAuthority, type IssueOptions, type TestAuthority } from '@parlour/testing/certificates'
import { createTestServer, type Server } from '../index.ts'
import { type Ran, run } from './terminal.fixture.ts'

type Security = 'verified' | 'encrypted' | 'dialback'

/** A server's certificate and policy, as a test wants them. */
export interface ServedDomain {
  readonly security?: Security
  readonly certificate?: Partial<IssueOptions>
  readonly authority?: TestAuthority
  readonly federation?: Readonly<Record<string, unknown>>
  /** Commands reach it. */
  readonly isOurs?: boolean
}

/** Servers, honest and other ones, that find each other by a DNS of their own. */
export class Network implements AsyncDisposable {
  readonly authority: TestAuthority
  readonly dns: TestDnsServer
  readonly folder: string
  readonly servers = new Map<string, Server>()
  readonly #opened = new AsyncDisposableStack()

  static async start(): Promise<Network> {
    const records = { 'host.example': [{ type: 'A', address: '127.0.0.1' } as const] }
    return new Network(await createTestAuthority({ commonName: 'Test root' }), await TestDnsServer.start({ records }))
  }

  private constructor(authority: TestAuthority, dns: TestDnsServer) {
    this.authority = authority
    this.dns = this.#opened.use(dns)
    this.folder = mkdtempSync(join(tmpdir(), 'parlour-s2s-'))
    this.#opened.defer(() => rmSync(this.folder, { recursive: true }))
    writeFileSync(this.#file('authority.pem'), authority.pem)
  }

  /** The data folder of the server that is ours. */
  get data(): string {
    return this.#file('data')
  }

  #file(name: string): string {
    return join(this.folder, name)
  }

  /** A command line for the server that is ours. */
  parlour(line: string): Promise<Ran> {
    return run(this.folder, `${line} --data-folder ${this.data}`)
  }

  async serve(domain: string, options: ServedDomain = {}): Promise<Server> {
    const { security = 'verified', authority = this.authority, isOurs = false } = options
    const { certificate, key } = await authority.issue({ domains: [domain], ...options.certificate })
    writeFileSync(this.#file(`${domain}.pem`), certificate)
    writeFileSync(this.#file(`${domain}.key`), key)
    if (isOurs) mkdirSync(this.data, { mode: 0o700 })
    const server = await createTestServer({
      domain,
      ...{ dataFolder: this.data, administration: isOurs },
      ...(isOurs && { monitoring: { port: 0 } }),
      certificates: [{ certificate: this.#file(`${domain}.pem`), key: this.#file(`${domain}.key`) }],
      federation: {
        ...{ enabled: true, security, authorities: [this.#file('authority.pem')], nameServers: [this.dns.address] },
        ...options.federation,
      },
    })
    this.servers.set(domain, this.#opened.use(server))
    this.point(domain, server.servers?.starttls?.address.port ?? 0)
    return server
  }

  /** Puts an SRV record into DNS. */
  point(domain: string, port: number, target = 'host.example', service = 'xmpp-server'): void {
    this.dns.records.set(`_${service}._tcp.${domain}`, [{ type: 'SRV', weight: 5, port, target }])
  }

  /** Something that listens and is no server; told of each connection. Resolves with its port. */
  async listen(serve: (socket: Socket) => void): Promise<number> {
    const sockets = new Set<Socket>()
    const server = createSocketServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      serve(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    this.#opened.defer(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    return (server.address() as { port: number }).port
  }

  /** A port at which nobody listens. */
  async closedPort(): Promise<number> {
    const server = createSocketServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    await new Promise((resolve) => server.close(resolve))
    return port
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync()
  }
}
