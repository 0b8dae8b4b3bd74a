import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Child } from '../support/child.ts'
import { freePort } from '../support/free-port.ts'
import { until } from '../support/waiting.ts'
import type { KilledServer } from './kill-trial.ts'
import { ManagedStream } from './managed-stream.ts'

/** Another server with its archive in SQLite. */
export interface KilledProgram {
  readonly name: string
  /** Writes the configuration, and gives the command. */
  prepare(
    folder: string,
    directTls: number,
  ): { command: string; args: readonly string[]; environment: NodeJS.ProcessEnv }
}

export const KILLED_DOMAIN = 'localhost'

/** Starts it with a folder, a port and a certificate of its own. */
export async function createKilledPeer(program: KilledProgram): Promise<KilledServer> {
  const folder = mkdtempSync(join(tmpdir(), `parlour-killed-${program.name}-`))
  mkdirSync(join(folder, 'data'))
  makeCertificate(folder)
  const directTls = await freePort()
  const { command, args, environment } = program.prepare(folder, directTls)
  const target = { host: '127.0.0.1', directTls, authority: join(folder, 'certificate.pem'), domain: KILLED_DOMAIN }
  let child: Child
  const start = async () => {
    // Debian's programs refuse to start while the file of a former life names a process that is there.
    for (const name of ['prosody.pid', 'ejabberd.pid']) rmSync(join(folder, name), { force: true })
    child = new Child(command, args, { cwd: folder, env: { ...process.env, HOME: folder, ...environment } })
    const listens = () => {
      if (!child.running) throw new Error(`${program.name} ended:\n${child.transcript.slice(-20).join('\n')}`)
      return canConnect(directTls)
    }
    await until(listens, 120_000, `${program.name} listens`, 50)
  }
  await start()
  return {
    name: program.name,
    target,
    start,
    kill: () => child.end('SIGKILL'),
    createAccount: (username, password) => ManagedStream.register(target, username, password),
    async [Symbol.asyncDispose]() {
      await child.end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

function makeCertificate(folder: string): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')]
  const subject = ['-subj', `/CN=${KILLED_DOMAIN}`, '-addext', `subjectAltName=DNS:${KILLED_DOMAIN}`, '-days', '2']
  execFileSync('openssl', ['req', '-x509', ...key, ...files, ...subject], { stdio: 'pipe' })
}
