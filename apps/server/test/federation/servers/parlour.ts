import { type ServerProcess, startServerProcess } from '../../support/server-process.ts'
import { KIND_NAMES, KINDS } from '../kinds.ts'
import { domainName, type Site } from '../network.ts'
import { type FederatedServer, PASSWORD, type ServerProduct, USERS } from './federated-server.ts'

/** Seconds that stanzas wait for a server which was reached before: longer than the slowest peer takes to start. */
export const QUEUED_SECONDS = 20
/** Seconds until a server that acknowledges nothing counts as silent; half of it, where it answers no ping. */
export const SILENT_SECONDS = 8

export const parlour: ServerProduct = {
  name: 'another Parlour',
  abilities: { withoutTls: false },
  at: async (site, other) => new ParlourServer(site, other),
}

class ParlourServer implements FederatedServer {
  readonly site: Site
  readonly host = '127.0.0.1'
  readonly #other: string
  #process: ServerProcess | undefined
  #former = ''

  constructor(site: Site, other: string) {
    this.site = site
    this.#other = other
  }

  get clientPort(): number {
    return this.#process?.starttls ?? 0
  }

  async start(): Promise<void> {
    const isNew = this.#former === ''
    this.#process = await startServerProcess(this.#configuration(), this.site.folder)
    if (this.#process.server === undefined) throw new Error('Parlour listens for no server')
    this.site.gate.target = this.#process.server
    this.site.directGate.target = this.#process.serverDirectTls ?? 0
    if (!isNew) return
    for (const { name } of this.site.domains)
      for (const user of USERS) await this.#process.createAccount(`${user}@${name}`, PASSWORD)
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process?.child
    await child?.end(signal)
    this.#former = `${this.log()}\n--- stopped\n`
    this.#process = undefined
    const code = await child?.exited
    if (signal === 'SIGTERM' && child && code !== 0) throw new Error(`Parlour ended with ${code}:\n${this.#former}`)
  }

  log(): string {
    return this.#former + (this.#process?.child.transcript.join('\n') ?? '')
  }

  async links() {
    return (await this.#process?.links()) ?? []
  }

  #configuration() {
    const { domains, nameServer, authority } = this.site
    return {
      domains: domains.map(({ name }) => name),
      certificates: domains.map(({ name, certificate, key }) => ({ certificate, key, domains: [name] })),
      listen: { address: '127.0.0.1', starttls: 0, directTls: 0, server: 0, serverDirectTls: 0 },
      authentication: { iterations: 4096 },
      federation: {
        enabled: true,
        domains: Object.fromEntries(KIND_NAMES.map((kind) => [domainName(kind, this.#other), KINDS[kind].policy])),
        nameServers: [nameServer],
        authorities: [authority],
        maxQueuedSeconds: QUEUED_SECONDS,
        silentSeconds: SILENT_SECONDS,
      },
    }
  }
}
