import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, connect } from '@parlour/client'
import { afterEach, beforeEach } from 'vitest'
import { createTestServer } from '../create-test-server.ts'
import type { Server } from '../index.ts'
import { type Ran, run } from './terminal.fixture.ts'

export let folder: string
export let data: string
export let undo: AsyncDisposableStack

/** Gives each test of a file a folder of its own. To be called by the file: files share what they import. */
export function withFolders(): void {
  beforeEach(() => {
    undo = new AsyncDisposableStack()
    folder = mkdtempSync(join(tmpdir(), 'parlour-commands-'))
    data = join(folder, 'data')
    undo.defer(() => rmSync(folder, { recursive: true }))
  })
  afterEach(() => undo.disposeAsync())
}

export const parlour = (line: string, input = ''): Promise<Ran> =>
  run(folder, `${line} --data-folder ${data}`, { input, environment: { PARLOUR_AUTHENTICATION_ITERATIONS: '4096' } })

export const startServer = async (): Promise<Server> =>
  undo.use(await createTestServer({ domain: 'localhost', storage: 'sqlite', dataFolder: data }))

export const signIn = async (server: Server, name: string, password: string): Promise<Client> =>
  undo.use(
    await connect({
      ...{ jid: `${name}@localhost`, password, reconnection: false },
      service: `127.0.0.1:${server.listeners.starttls?.address.port}`,
      ca: server.developmentAuthorityPem ?? '',
    }),
  )
