/** The server in a process of its own: takes options as JSON, prints where it listens, makes accounts by lines of input. */
import { createInterface } from 'node:readline'
import { parseJid } from '@parlour/jid'
import { createServer } from '@parlour/server'

/** Timers that have neither fired nor been taken back. */
const timers = countTimers()

const print = (level: string) => (fields: unknown, text?: string) => {
  const shown = JSON.stringify(fields, (_, value) => (value instanceof Error ? (value.stack ?? value.message) : value))
  process.stderr.write(`${level} ${text ?? ''} ${shown}\n`)
}
const logger = {
  debug: () => {},
  info: print('info'),
  warn: print('warn'),
  error: print('error'),
  child: () => logger,
}
const server = await createServer({ ...JSON.parse(process.argv[2] ?? '{}'), logger })
const ports = {
  starttls: server.listeners.starttls?.address.port,
  directTls: server.listeners.directTls?.address.port,
  server: server.servers?.starttls?.address.port,
  serverDirectTls: server.servers?.directTls?.address.port,
  authority: server.developmentAuthority,
}
console.log(`ready ${JSON.stringify(ports)}`)

/** What can be asked for by a line. */
const reports: Readonly<Record<string, () => unknown>> = {
  links: () => server.kernel.federation?.links() ?? [],
  processor: () => process.cpuUsage(),
  memory: () => process.memoryUsage(),
  timers: () => timers.size,
}

let chain = Promise.resolve()
createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'collect') {
    // Given with --expose-gc: what is still there afterwards is held by something.
    globalThis.gc?.()
    console.log('collected')
    return
  }
  if (line in reports) {
    console.log(`${line} ${JSON.stringify(reports[line]?.())}`)
    return
  }
  const [address = '', password = ''] = line.split(' ')
  chain = chain
    .then(() => server.kernel.accounts.create(parseJid(address), password))
    .then(
      () => console.log(`made ${address}`),
      (error: unknown) => console.log(`not made ${address} ${String(error)}`),
    )
})
const end = () => void server.close().then(() => process.exit(0))
process.once('SIGTERM', end)
// Whoever started it is gone.
process.stdin.once('close', end)

function countTimers(): ReadonlySet<unknown> {
  const { setTimeout, clearTimeout } = globalThis
  const running = new Set<unknown>()
  const counting = (callback: (...given: unknown[]) => void, ms?: number, ...given: unknown[]) => {
    const fire = () => {
      running.delete(timer)
      callback(...given)
    }
    const timer = setTimeout(fire, ms)
    running.add(timer)
    return timer
  }
  globalThis.setTimeout = Object.assign(counting, setTimeout)
  globalThis.clearTimeout = (timer) => {
    running.delete(timer)
    clearTimeout(timer)
  }
  return running
}
