import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../support/free-port.ts'
import { type ServerProcess, startServerProcess } from '../support/server-process.ts'
import type { KilledServer } from './kill-trial.ts'

/** Parlour with its database, on one port and in one folder for all its lives. */
export async function createKilledParlour(): Promise<KilledServer> {
  const folder = mkdtempSync(join(tmpdir(), 'parlour-killed-'))
  const directTls = await freePort()
  const options = {
    listen: { address: '127.0.0.1', starttls: 0, directTls },
    limits: { maxConnectionsPerAddress: 1000 },
    // A full store refuses, and what comes to a session that is getting it overtakes it: neither is the subject here.
    modules: { offline: { maxMessages: 1_000_000, maxBytes: 1_000_000_000 } },
  }
  let process: ServerProcess = await startServerProcess(options, folder)
  const { authority } = process
  return {
    name: 'Parlour',
    target: { host: '127.0.0.1', directTls, authority, domain: 'localhost' },
    async start() {
      process = await startServerProcess(options, folder)
    },
    kill: () => process.child.end('SIGKILL'),
    createAccount: (username, password) => process.createAccount(`${username}@localhost`, password),
    async [Symbol.asyncDispose]() {
      await process.child.end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
