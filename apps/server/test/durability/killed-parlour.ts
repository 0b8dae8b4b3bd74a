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
  // A process that is killed keeps nothing that it has compiled; the first one, which ends by itself, does for all.
  const environment = { NODE_COMPILE_CACHE: join(folder, 'compiled') }
  const begin = () => startServerProcess(options, folder, environment)
  await (await begin()).child.end()
  let process: ServerProcess = await begin()
  const { authority } = process
  return {
    name: 'Parlour',
    target: { host: '127.0.0.1', directTls, authority, domain: 'localhost' },
    async start() {
      process = await begin()
    },
    kill: () => process.child.end('SIGKILL'),
    createAccount: (username, password) => process.createAccount(`${username}@localhost`, password),
    async [Symbol.asyncDispose]() {
      await process.child.end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
