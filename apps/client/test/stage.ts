import { type Client, ClientError, type ConnectOptions, connect } from '@parlour/client'
import { parseJid } from '@parlour/jid'
import { createServer, type Server } from '@parlour/server'
import { commands } from '../src/commands/index.ts'
import { runCommand } from '../src/commands/run.ts'

export const PASSWORD = 'o-romeo-romeo'

/** A server in this process, with accounts, and clients of it. */
export class Stage implements AsyncDisposable {
  readonly server: Server
  readonly #clients: Client[] = []

  constructor(server: Server) {
    this.server = server
  }

  get ca(): string {
    return this.server.developmentAuthorityPem ?? ''
  }

  /** `host:port` for STARTTLS, or with `direct` the URI for direct TLS. */
  address(kind: 'starttls' | 'direct' = 'starttls'): string {
    const { starttls, directTls } = this.server.listeners
    return kind === 'starttls' ? `127.0.0.1:${starttls?.address.port}` : `xmpps://127.0.0.1:${directTls?.address.port}`
  }

  async connect(name: string, options: Partial<ConnectOptions> = {}): Promise<Client> {
    const client = await connect({
      jid: `${name}@localhost`,
      password: PASSWORD,
      service: this.address(),
      ca: this.ca,
      ...options,
    })
    this.#clients.push(client)
    return client
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()))
    await this.server.close()
  }
}

export async function createStage(...names: string[]): Promise<Stage> {
  const server = await createServer({
    domain: 'localhost',
    storage: 'memory',
    listen: { address: '127.0.0.1', starttls: 0, directTls: 0 },
    monitoring: { port: false },
  })
  for (const name of names) await server.kernel.accounts.create(parseJid(`${name}@localhost`), PASSWORD)
  return new Stage(server)
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
