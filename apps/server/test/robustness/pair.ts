/** A worker in which two clients chat without pause; on each message from outside it tells how that went since the last. */
import { parentPort, workerData } from 'node:worker_threads'
import { RawClient, type RawTarget } from '../support/raw-client.ts'

/** What a pair of clients noticed. */
export interface PairReport {
  readonly exchanges: number
  /** Milliseconds there and back. */
  readonly median: number
  readonly slowest: number
}

const { target, names, password } = workerData as { target: RawTarget; names: [string, string]; password: string }
const [left, right] = await Promise.all(names.map((name) => RawClient.signedIn(target, name, password)))
if (!left || !right || !parentPort) throw new Error('no pair')
for (const client of [left, right]) client.write('<presence/>')
await Promise.all([left.ping(), right.ping()])

let times: number[] = []
parentPort.on('message', () => {
  const sorted = times.sort((a, b) => a - b)
  times = []
  const report: PairReport = {
    exchanges: sorted.length,
    median: sorted[Math.floor(sorted.length / 2)] ?? Number.POSITIVE_INFINITY,
    slowest: sorted.at(-1) ?? Number.POSITIVE_INFINITY,
  }
  parentPort?.postMessage(report)
})

// Behind the text may stand what the receiver's server adds: the id in its archive (XEP-0359).
for (let n = 0; ; n++) {
  const start = performance.now()
  left.write(`<message to='${names[1]}@localhost/raw' type='chat'><body>there ${n}</body></message>`)
  await right.take(new RegExp(`<body>there ${n}</body>.*?</message>`))
  right.write(`<message to='${names[0]}@localhost/raw' type='chat'><body>back ${n}</body></message>`)
  await left.take(new RegExp(`<body>back ${n}</body>.*?</message>`))
  times.push(performance.now() - start)
}
