import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Child } from '../../support/child.ts'
import { freePort } from '../../support/free-port.ts'
import { until } from '../../support/waiting.ts'
import { startSlixmpp } from '../drivers.ts'
import type { StageServer } from '../stage-server.ts'

/** Where a peer listens and keeps what it has. */
export interface PeerPlace {
  readonly folder: string
  readonly starttls: number
  readonly directTls: number
  /** For external components. */
  readonly components: number
}

/** Another server, as Debian packs it. */
export interface PeerProgram {
  readonly name: string
  /** File without which it is not installed. */
  readonly needs: string
  /** Writes the configuration, and gives the command. */
  prepare(place: PeerPlace): { command: string; args: readonly string[]; environment: NodeJS.ProcessEnv }
}

export const PEER_DOMAIN = 'interop.test'
/** The component that every peer is configured for, and its secret. */
export const PEER_COMPONENT = { domain: `gate.${PEER_DOMAIN}`, secret: 'a secret of two programs' }

/** Starts it with a folder, ports and a certificate of its own. */
export async function startPeer(program: PeerProgram): Promise<StageServer & AsyncDisposable & { log(): string }> {
  const folder = mkdtempSync(join(tmpdir(), `parlour-${program.name}-`))
  const place = { folder, starttls: await freePort(), directTls: await freePort(), components: await freePort() }
  const { command, args, environment } = prepare(program, place)
  const child = new Child(command, args, { cwd: folder, env: { ...process.env, HOME: folder, ...environment } })
  const log = () => [...child.transcript, ...readLogs(folder)].join('\n')
  const end = async () => {
    await child.end()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await until(() => child.running && canConnect(place.starttls), 180_000, `${program.name} listens`, 100)
    await until(() => canConnect(place.directTls), 60_000, `${program.name} listens for TLS`, 100)
    await until(() => canConnect(place.components), 60_000, `${program.name} listens for components`, 100)
  } catch (error) {
    const told = log()
    await end()
    throw new Error(`${program.name} did not start:\n${told}`, { cause: error })
  }
  const authority = join(folder, 'certificate.pem')
  const component = { ...PEER_COMPONENT, port: place.components }
  const server = { host: '127.0.0.1' as const, domain: PEER_DOMAIN, authority, ...place, component }
  let count = 0
  const account = async () => {
    const [address, password] = [`user${++count}@${PEER_DOMAIN}`, `correct horse ${count}`]
    const client = await startSlixmpp(authority)
    try {
      const jid = `${address}/registering`
      const where = { host: server.host, port: place.starttls, tls: 'starttls' as const, ca: authority }
      await client.signIn({ jid, password, register: password, ...where })
    } finally {
      await client.close()
    }
    return { address, password }
  }
  return { ...server, account, log, [Symbol.asyncDispose]: end }
}

function prepare(program: PeerProgram, place: PeerPlace) {
  try {
    makeCertificate(place.folder)
    return program.prepare(place)
  } catch (error) {
    rmSync(place.folder, { recursive: true, force: true })
    throw error
  }
}

function makeCertificate(folder: string): void {
  const names = `subjectAltName=DNS:${PEER_DOMAIN},DNS:localhost`
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')]
  const subject = ['-subj', `/CN=${PEER_DOMAIN}`, '-addext', names, '-days', '2']
  execFileSync('openssl', ['req', '-x509', ...key, ...files, ...subject], { stdio: 'pipe' })
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

function readLogs(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(-60))
}
