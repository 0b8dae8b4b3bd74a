import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createSqliteStorage, type SqliteStorage } from './index.ts'

const ROUNDS = 20
const folder = mkdtempSync(join(tmpdir(), 'parlour-crash-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs the writer until it has acknowledged so many groups, kills it, and returns the numbers of those acknowledged. */
async function writeAndKill(file: string, first: number, acknowledgements: number): Promise<number[]> {
  const script = join(import.meta.dirname, '../test/crash-writer.ts')
  const child = spawn('node', ['--conditions=@parlour/source', script, file, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
    if (output.split('\n').length > acknowledgements) child.kill('SIGKILL')
  })
  const [, signal] = await once(child, 'close')
  expect(signal).toBe('SIGKILL')
  // A number may be cut off: only whole lines count.
  return output
    .slice(0, output.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map(Number)
}

/** At times so many that what is in the journal goes to its tables meanwhile. */
function acknowledgementsOf(round: number): number {
  return 1 + Math.floor(Math.random() * (round % 4 === 3 ? 8000 : 200))
}

async function stored(storage: SqliteStorage) {
  const found = { numbers: new Set<number>(), copies: new Set<number>(), messages: new Set<number>() }
  for (const owner of await storage.owners('numbers')) {
    for (const value of (await storage.list('numbers', owner)).values()) found.numbers.add(Number(value))
    for (const value of (await storage.list('copies', owner)).values()) found.copies.add(Number(value))
    for await (const number of archived(storage, owner)) found.messages.add(number)
  }
  return found
}

async function* archived(storage: SqliteStorage, owner: string): AsyncGenerator<number> {
  let after: string | undefined
  for (;;) {
    const page = await storage.readArchive('messages', owner, { max: 1000, after })
    for (const entry of page.entries) yield Number(entry.id)
    after = page.entries.at(-1)?.id
    if (page.complete) return
  }
}

test('kill -9 at any moment: all that was acknowledged is there, and every group is whole', {
  timeout: 400_000,
}, async () => {
  const file = join(folder, 'crash.db')
  const acknowledged: number[] = []
  let next = 0
  for (let round = 0; round < ROUNDS; round++) {
    acknowledged.push(...(await writeAndKill(file, next, acknowledgementsOf(round))))
    await using storage = await createSqliteStorage({ file })
    const found = await stored(storage)
    expect(acknowledged.filter((n) => !found.numbers.has(n))).toEqual([])
    expect(found.copies).toEqual(found.numbers)
    expect(found.messages).toEqual(found.numbers)
    next = Math.max(...found.numbers) + 1
  }
  expect(acknowledged.length).toBeGreaterThan(ROUNDS)
})
