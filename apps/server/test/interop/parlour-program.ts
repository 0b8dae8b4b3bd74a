import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Child } from '../support/child.ts'
import { freePort } from '../support/free-port.ts'
import type { Account, StageServer } from './stage-server.ts'

/** profanity looks for archives in what the server says of itself; XEP-0313 §7 has it said of the account. */
const PLUGIN = `export default {
  name: 'archives-of-old-clients',
  setup: (host) => [host.discovery.advertise('urn:xmpp:mam:2', 'server')],
}`

const BIN = join(import.meta.dirname, '../../src/bin.ts')
/** More than all cases together use. */
const ACCOUNTS = 320

/** `parlour start` in a new folder, as somebody types it, with accounts by `parlour user add`. */
export interface ParlourProgram extends StageServer, AsyncDisposable {
  /** Its log, a line of JSON each. */
  log(): string[]
  /** Tells it to stop; gives the exit code. */
  stop(): Promise<number | null>
}

export async function startParlourProgram(): Promise<ParlourProgram> {
  const folder = mkdtempSync(join(tmpdir(), 'parlour-interop-'))
  writeFileSync(join(folder, 'archives.mjs'), PLUGIN)
  const component = { domain: 'gate.localhost', secret: 'a secret of two programs', port: await freePort() }
  const environment = {
    ...{ PARLOUR_LISTEN_ADDRESS: '127.0.0.1', PARLOUR_LISTEN_STARTTLS: '0', PARLOUR_LISTEN_DIRECT_TLS: '0' },
    ...{ PARLOUR_MONITORING_PORT: '0', PARLOUR_LOG_FORMAT: 'json' },
    PARLOUR_PLUGINS: './archives.mjs',
    PARLOUR_LISTEN_COMPONENTS: String(component.port),
    PARLOUR_COMPONENTS: JSON.stringify([{ domain: component.domain, secret: component.secret }]),
  }
  const run = (...args: string[]) =>
    new Child(process.execPath, ['--conditions=@parlour/source', BIN, ...args], {
      cwd: folder,
      env: { ...withoutSettings(process.env), ...environment },
    })
  await using undo = new AsyncDisposableStack()
  undo.defer(() => rmSync(folder, { recursive: true, force: true }))
  const child = run('start')
  undo.defer(() => child.end())
  const port = async (kind: string) => Number((await child.line(new RegExp(`^ +${kind} +port (\\d+)`), 90_000))[1])
  const [starttls, directTls] = [await port('STARTTLS'), await port('direct TLS')]
  const [, authority = ''] = await child.line(/^ +(\/.*development-authority\.pem)$/, 90_000)
  const accounts = await addAccounts(run, folder)
  const started = undo.move()
  return {
    ...{ host: '127.0.0.1', domain: 'localhost', starttls, directTls, authority, component },
    async account() {
      const account = accounts.pop()
      if (!account) throw new Error(`all ${ACCOUNTS} accounts are used`)
      return account
    },
    log: () => child.transcript.filter((line) => line.startsWith('! ')).map((line) => line.slice(2)),
    async stop() {
      await child.end()
      return child.exited
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

/** The environment without settings of a Parlour that the person at the keyboard runs. */
function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('PARLOUR_')))
}

async function addAccounts(run: (...args: string[]) => Child, folder: string): Promise<Account[]> {
  const accounts = Array.from({ length: ACCOUNTS }, (_, n) => ({
    address: `user${n}@localhost`,
    password: `correct horse ${n}`,
  }))
  const file = join(folder, 'accounts.txt')
  writeFileSync(file, accounts.map(({ address, password }) => `${address} ${password}\n`).join(''))
  const adding = run('user', 'add', '--from', file)
  const code = await adding.exited
  if (code !== 0) throw new Error(`parlour user add ended with ${code}:\n${adding.transcript.join('\n')}`)
  return accounts
}
