import { type Client, ClientError, type ConnectOptions, connect } from '@parlour/client'
import { discoServer } from '@parlour/extensions/disco/server'
import { pingServer } from '@parlour/extensions/ping/server'
import { registrationServer } from '@parlour/extensions/registration/server'
import { parseJid } from '@parlour/jid'
import { webCrypto } from '@parlour/sasl'
import { type AnyServerModule, acceptClientStream, createKernel, silentLogger } from '@parlour/server-core'
import { createMemoryStorage } from '@parlour/storage'
import type { Listener } from '@parlour/transport'
import { CertificateStore, listenTcp } from '@parlour/transport-tcp'
import { commands } from '../src/commands/index.ts'
import { runCommand } from '../src/commands/run.ts'
import { systemEnvironment } from '../src/connect/system-environment.ts'
import { createCertificates } from './certificates.ts'

const MECHANISMS = ['SCRAM-SHA-512-PLUS', 'SCRAM-SHA-512', 'SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'] as const

export const PASSWORD = 'o-romeo-romeo'

/** A server in this process, with accounts, and clients of it. */
export class Stage implements AsyncDisposable {
  readonly ca: string
  readonly #listeners: Readonly<Record<'starttls' | 'direct', Listener>>
  readonly #stop: () => Promise<void>
  readonly #clients: Client[] = []

  constructor(ca: string, listeners: Readonly<Record<'starttls' | 'direct', Listener>>, stop: () => Promise<void>) {
    this.ca = ca
    this.#listeners = listeners
    this.#stop = stop
  }

  /** `host:port` for STARTTLS, or the URI for direct TLS. */
  address(kind: 'starttls' | 'direct' = 'starttls'): string {
    const { port } = this.#listeners[kind].address
    return kind === 'starttls' ? `127.0.0.1:${port}` : `xmpps://127.0.0.1:${port}`
  }

  async connect(name: string, options: Partial<ConnectOptions> = {}): Promise<Client> {
    const jid = `${name}@localhost`
    const client = await connect({ jid, password: PASSWORD, service: this.address(), ca: this.ca, ...options })
    this.#clients.push(client)
    return client
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()))
    await this.#stop()
  }
}

const MODULES = [discoServer, pingServer, registrationServer]

export function createStage(...names: string[]): Promise<Stage> {
  return createStageWith([], ...names)
}

/** A stage whose server has more modules. */
export async function createStageWith(modules: readonly AnyServerModule[], ...names: string[]): Promise<Stage> {
  const { ca, own } = await createCertificates()
  const kernel = await createKernel({
    environment: systemEnvironment,
    storage: createMemoryStorage(),
    log: silentLogger,
    hosts: [{ domain: 'localhost', resourceConflict: 'rename', maxSessionsPerAccount: 20, modules: {} }],
    modules: [...MODULES, ...modules],
    authentication: { mechanisms: MECHANISMS, iterations: 4096, crypto: webCrypto },
  })
  for (const name of names) await kernel.accounts.create(parseJid(`${name}@localhost`), PASSWORD)
  const certificates = new CertificateStore([own])
  const listen = (tls: 'starttls' | 'direct') =>
    listenTcp({
      ...{ host: '127.0.0.1', port: 0, tls, certificates },
      onConnection: (connection) => acceptClientStream(connection, {}, kernel),
      onError: () => undefined,
    })
  const [starttls, direct] = await Promise.all([listen('starttls'), listen('direct')])
  return new Stage(ca, { starttls, direct }, async () => {
    await Promise.all([starttls.close(), direct.close()])
    await kernel.stop()
  })
}

/** What a command printed and exited with. */
export interface CommandRun {
  readonly code: number
  readonly printed: string[]
  readonly complained: string[]
}

/** Runs `parlour-client` in this process. */
export async function runClient(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  onPrint: (line: string) => void = () => undefined,
): Promise<CommandRun> {
  const printed: string[] = []
  const complained: string[] = []
  const code = await runCommand(
    commands,
    { arguments: words, environment },
    {
      print: (line) => {
        printed.push(line)
        onPrint(line)
      },
      complain: (line) => complained.push(line),
    },
  )
  return { code, printed, complained }
}

/** The ClientError that a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<ClientError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof ClientError) return error
  throw new Error('did not reject with a ClientError', { cause: error })
}
