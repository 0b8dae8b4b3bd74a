import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Child } from '../../support/child.ts'
import { until } from '../../support/waiting.ts'
import type { Site } from '../network.ts'
import type { FederatedServer } from './federated-server.ts'

/** A program with its configuration written, and the ports that it says. */
export interface Prepared {
  readonly command: string
  readonly args: readonly string[]
  readonly environment?: NodeJS.ProcessEnv
  readonly clientPort: number
  readonly serverPort: number
  readonly serverDirectTlsPort: number
  /** Resolves when it is ready for clients, beyond listening. */
  ready?(): Promise<void>
}

/** Another's server, run as a process. */
export class ProgramServer implements FederatedServer {
  readonly site: Site
  readonly host = '127.0.0.1'
  readonly clientPort: number
  readonly #prepared: Prepared
  #child: Child | undefined

  constructor(site: Site, prepared: Prepared) {
    this.site = site
    this.#prepared = prepared
    this.clientPort = prepared.clientPort
    site.gate.target = prepared.serverPort
    site.directGate.target = prepared.serverDirectTlsPort
  }

  async start(): Promise<void> {
    const { command, args, environment, clientPort, serverPort } = this.#prepared
    const { folder } = this.site
    const child = new Child(command, args, { cwd: folder, env: { ...process.env, HOME: folder, ...environment } })
    this.#child = child
    try {
      for (const port of [clientPort, serverPort])
        await until(() => child.running && canConnect(port), 60_000, `${command} listens on ${port}`, 100)
      await this.#prepared.ready?.()
    } catch (error) {
      throw new Error(`${command} did not start:\n${this.log()}`, { cause: error })
    }
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.#child?.end(signal)
  }

  log(): string {
    const logs = readdirSync(this.site.folder).filter((name) => name.endsWith('.log'))
    const lines = logs.flatMap((name) => readFileSync(join(this.site.folder, name), 'utf8').split('\n').slice(-150))
    return [...(this.#child?.transcript.slice(-50) ?? []), ...lines].join('\n')
  }
}

export function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
