/**
 * A worker in which pairs of clients exchange messages all the time; asked by a message, it tells how that went once each
 * pair has ended the exchange under way.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { RawClient, type RawTarget } from './raw-client.ts'

/** Who chats with whom. */
export interface ChatPair {
  readonly name: string
  readonly ends: readonly [ChatEnd, ChatEnd]
}

export interface ChatEnd {
  readonly target: RawTarget
  readonly username: string
}

/** What a pair noticed since the last report; milliseconds there and back. */
export interface ChatReport {
  readonly exchanges: number
  readonly median: number
  readonly p95: number
  readonly slowest: number
}

/** Milliseconds between two exchanges: to measure, not to load. */
const PAUSE = 5

const { pairs, password } = workerData as { pairs: readonly ChatPair[]; password: string }
const times = new Map<string, number[]>()

function waitFor(client: RawClient, text: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      const at = client.received.indexOf(text)
      if (at === -1) return
      client.received = client.received.slice(at + text.length)
      client.socket.off('data', look)
      resolve()
    }
    client.socket.on('data', look)
    look()
  })
}

async function chat({ name, ends }: ChatPair): Promise<never> {
  const resource = name
  const signIn = ({ target, username }: ChatEnd) => RawClient.signedIn(target, username, password, resource)
  const [left, right] = await Promise.all([signIn(ends[0]), signIn(ends[1])])
  const [toLeft, toRight] = ends.map(
    ({ target, username }) => `${username}@${target.domain ?? 'localhost'}/${resource}`,
  )
  for (const client of [left, right]) {
    client.write('<presence/>')
    await client.ping()
  }
  for (let n = 0; ; n++) {
    const start = performance.now()
    left.write(`<message to='${toRight}' type='chat'><body>there ${n}</body></message>`)
    await waitFor(right, `<body>there ${n}</body>`)
    right.write(`<message to='${toLeft}' type='chat'><body>back ${n}</body></message>`)
    await waitFor(left, `<body>back ${n}</body>`)
    const taken = times.get(name) ?? []
    times.set(name, taken)
    taken.push(performance.now() - start)
    finished(name)
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
  }
}

function report(taken: readonly number[]): ChatReport {
  const sorted = [...taken].sort((a, b) => a - b)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Infinity
  return { exchanges: sorted.length, median: at(0.5), p95: at(0.95), slowest: at(1) }
}

/** Pairs whose exchange under way belongs into the report that is asked for. */
const unfinished = new Set<string>()

function finished(name: string): void {
  if (!unfinished.delete(name) || unfinished.size > 0) return
  parentPort?.postMessage(Object.fromEntries(pairs.map((pair) => [pair.name, report(times.get(pair.name) ?? [])])))
  times.clear()
}

parentPort?.on('message', () => {
  for (const { name } of pairs) unfinished.add(name)
})
await Promise.all(pairs.map(chat))
