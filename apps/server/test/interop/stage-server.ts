import type { ServerProcess } from '../support/server-process.ts'

/** What the stage needs of a server, Parlour's or another. */
export type StageServer = Pick<ServerProcess, 'host' | 'starttls' | 'directTls' | 'authority' | 'createAccount'> & {
  readonly domain: string
}
