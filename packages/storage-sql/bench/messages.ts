/**
 * What the thread of the storage does for a message that is archived for both sides, between sessions with XEP-0198: two
 * entries of archives, one of the queue, the count of the sender, and now and then what was acknowledged. CPU of a message
 * by how many come in a batch; without search; synced to a file.
 * `node --conditions=@parlour/source packages/storage-sql/bench/messages.ts [--messages 20000] [--batches 10,100] [--folder DIRECTORY]`
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Write } from '@parlour/storage'
import { compileForSqlite } from '../src/compile.ts'
import { encodeCommit } from '../src/encode.ts'
import type { Word } from '../src/messages.ts'
import { packOperations } from '../src/operations-text.ts'
import { SqliteFile } from '../src/sqlite-file.ts'

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '20000' },
    batches: { type: 'string', default: '10,50,200' },
    body: { type: 'string', default: '64' },
    search: { type: 'boolean', default: false },
    folder: { type: 'string', default: tmpdir() },
  },
})
const MESSAGES = Number(values.messages)
const ACCOUNTS = 100
/** Messages after which a receiver acknowledges. */
const ACKNOWLEDGED = 5
const BODY = 'x'.repeat(Number(values.body))
const BEGAN = Date.UTC(2026, 0, 1)

const idOf = (n: number) =>
  `${(BEGAN + (n >> 2)).toString(16).padStart(12, '0')}-${(n & 3).toString(16).padStart(4, '0')}-${(n * 2654435761).toString(16).padStart(16, '0')}`
const addressOf = (n: number) => `user${n % ACCOUNTS}@example.com`

const queues = new Map<string, string[]>()

/** The commits of a message: its own, and what its receiver acknowledges. */
function commitsOf(n: number): Write[][] {
  const [from, to] = [addressOf(n), addressOf(n + ACCOUNTS / 2)]
  const text = `<message type='chat' from='${from}/x' to='${to}/x' id='m${n}'><body>${BODY}</body></message>`
  const at = BEGAN + (n >> 2)
  const found = values.search ? { text: BODY } : {}
  const archived = (owner: string, other: string, id: string): Write => ({
    ...{ type: 'append', archive: 'archive/messages', owner, id, at, with: other, value: text, ...found },
  })
  const queued = idOf(3 * n + 2)
  const key = `key-of-${to}`
  const own: Write[] = [
    archived(to, from, idOf(3 * n)),
    archived(from, to, idOf(3 * n + 1)),
    { type: 'append', archive: 'stream-management', owner: to, id: queued, at, with: key, value: { n, text } },
    { type: 'put', store: 'stream-management-handled', owner: from, key: `key-of-${from}`, value: n },
  ]
  const waiting = queues.get(to) ?? []
  queues.set(to, waiting)
  waiting.push(queued)
  if (waiting.length < ACKNOWLEDGED) return [own]
  return [own, [{ type: 'remove', archive: 'stream-management', owner: to, ids: waiting.splice(0) }]]
}

function run(file: SqliteFile, from: number, batch: number): { encoding: number; applying: number } {
  let [encoding, applying] = [0, 0]
  const cpu = () => process.cpuUsage().user + process.cpuUsage().system
  for (let at = from; at < from + MESSAGES; at += batch) {
    const commits = Array.from({ length: Math.min(batch, from + MESSAGES - at) }, (_, k) => commitsOf(at + k)).flat()
    const began = cpu()
    const words: Word[] = []
    for (const writes of commits) encodeCommit(writes, words)
    const encoded = cpu()
    const { failures } = file.answer({ operations: packOperations(words), reads: [] }) as {
      failures: readonly unknown[]
    }
    file.settle()
    if (failures.length > 0) throw new Error(`${failures.length} commits failed`)
    encoding += encoded - began
    applying += cpu() - encoded
  }
  return { encoding: encoding / MESSAGES, applying: applying / MESSAGES }
}

const folder = mkdtempSync(join(values.folder, 'parlour-bench-'))
try {
  const name = join(folder, 'messages.db')
  const file = new SqliteFile({ file: name, sql: compileForSqlite(), busyTimeout: 5000, maxPages: undefined })
  let done = 0
  for (const batch of values.batches.split(',').map(Number)) {
    run(file, done, batch)
    const { encoding, applying } = run(file, done + MESSAGES, batch)
    done += 2 * MESSAGES
    const size = (statSync(name).size / done).toFixed(0)
    console.log(
      `${String(batch).padStart(5)} a batch: ${applying.toFixed(1)} µs, and ${encoding.toFixed(1)} µs to encode; ${size} octets`,
    )
  }
  file.close()
} finally {
  rmSync(folder, { recursive: true })
}
