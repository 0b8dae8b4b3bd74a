/** The server that is measured, in a process of its own: tells its port, then its CPU time whenever it is asked. */
import { parseJid } from '@parlour/jid'
import { createServer } from '@parlour/server'
import { ACCOUNTS, addressOf, DOMAIN, PASSWORD } from './accounts.ts'

await using server = await createServer({
  domain: DOMAIN,
  dataFolder: process.argv[2] ?? '',
  listen: { address: '127.0.0.1', starttls: false, directTls: 0, server: false, serverDirectTls: false },
  authentication: { mechanisms: ['SCRAM-SHA-256'], iterations: 4096 },
  federation: { enabled: false },
  limits: { maxConnectionsPerAddress: 100_000 },
  monitoring: { port: false },
})
for (let n = 0; n < ACCOUNTS; n++) await server.kernel.accounts.create(parseJid(addressOf(n)), PASSWORD)

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.(user + system)
})
process.send?.(server.listeners.directTls?.address.port)
await new Promise((stop) => process.once('SIGTERM', stop))
// Else the channel to who measures keeps the process alive.
process.disconnect?.()
