/**
 * The child of the crash test: commits numbered groups as fast as they are acknowledged, several at a time, and prints
 * the number of each acknowledged one, until it is killed. `node crash-writer.ts FILE FIRST-NUMBER`
 */
import type { Write } from '@parlour/storage'
import { createSqliteStorage } from '../src/index.ts'

const [file = '', first = '0'] = process.argv.slice(2)
const storage = await createSqliteStorage({ file })
let next = Number(first)

/** Three writes that belong together. */
function group(n: number): Write[] {
  const id = n.toString().padStart(9, '0')
  return [
    { type: 'put', store: 'numbers', owner: `owner${n % 7}@example.org`, key: id, value: n },
    { type: 'append', archive: 'messages', owner: `owner${n % 7}@example.org`, id, at: n, value: 'x'.repeat(n % 500) },
    { type: 'put', store: 'copies', owner: `owner${n % 7}@example.org`, key: id, value: n },
  ]
}

async function writeOn(): Promise<never> {
  for (;;) {
    const n = next++
    await storage.commit(group(n))
    process.stdout.write(`${n}\n`)
  }
}

await Promise.all(Array.from({ length: 20 }, writeOn))
