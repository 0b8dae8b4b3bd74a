/** The Parlour that is measured: started by servers.ts, tells its port, makes its accounts, ends at SIGTERM. */
import { join } from 'node:path'
import { parseJid } from '@parlour/jid'
import { createServer } from '@parlour/server'

const { LAB = '', ACCOUNTS = '0', NAME = 'parlour', ARCHIVE = '' } = process.env
const { ADDRESS = '127.0.0.1', DOMAIN = 'xlab.test', SERVER_PORT = '', HOSTS = '{}' } = process.env
const UNDER_WAY = 50

await using server = await createServer({
  domain: DOMAIN,
  dataFolder: join(LAB, NAME),
  listen: {
    ...{ address: ADDRESS, starttls: 0, directTls: false },
    ...{ server: SERVER_PORT === '' ? false : Number(SERVER_PORT), serverDirectTls: false },
  },
  certificates: [{ certificate: join(LAB, 'cert.pem'), key: join(LAB, 'key.pem') }],
  // As the peers: their rounds, sign-in without TLS where a row asks for it, no limits on who connects how fast.
  authentication: { iterations: 4096 },
  encryptionRequired: false,
  // The certificate is nobody's but its own, so that all three prove their domains by dialback.
  federation: { enabled: SERVER_PORT !== '', security: 'dialback', hosts: JSON.parse(HOSTS) },
  limits: { maxConnectionsPerAddress: 100_000, bytesPerSecond: 1_000_000_000 },
  sessions: { maxPerAccount: 100 },
  monitoring: { port: false },
  // The peers archive nothing either in the rows that are not about archives.
  modules: { archive: { default: ARCHIVE === '' ? 'never' : 'always' } },
})

const { accounts } = server.kernel
const existing = new Set((await accounts.list(DOMAIN, { max: 100_000 })).map(String))
const missing = Array.from({ length: Number(ACCOUNTS) }, (_, index) => `user${index + 1}@${DOMAIN}`).filter(
  (address) => !existing.has(address),
)
while (missing.length > 0)
  await Promise.all(missing.splice(0, UNDER_WAY).map((address) => accounts.create(parseJid(address), 'secret')))

process.send?.(server.listeners.starttls?.address.port)
await new Promise((stop) => process.once('SIGTERM', stop))
