import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { createJid, parseJid } from './index.ts'
import { InternCache } from './intern-cache.ts'

test('the cache forgets what was not asked for while two generations filled', () => {
  const cache = new InternCache<number>(2)
  cache.set('a', 1)
  cache.set('b', 2)
  cache.set('c', 3)
  expect(cache.get('a')).toBe(1)
  cache.set('d', 4)
  expect(cache.get('b')).toBeUndefined()
  expect(cache.get('a')).toBe(1)
  expect(cache.get('d')).toBe(4)
})

test('the cache never holds more than two generations', () => {
  const cache = new InternCache<number>(10)
  for (let index = 0; index < 1000; index++) {
    cache.set(`key ${index}`, index)
    cache.get(`key ${index - 15}`)
    expect(cache.size).toBeLessThanOrEqual(20)
  }
})

test('equal addresses are the same object while they are remembered', () => {
  const jid = parseJid('Romeo@Example.Net./Orchard')
  expect(parseJid('romeo@example.net/Orchard')).toBe(jid)
  expect(parseJid('Romeo@Example.Net./Orchard')).toBe(jid)
})

/** The heap after a collection, in bytes. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

/** An address within a text of its own of 100 000 characters, as a parser would cut it from a chunk. */
function cutFromChunk(address: string): string {
  const chunk = `<message to='${address}'>${'x'.repeat(100_000)}`
  const start = chunk.indexOf(address)
  return chunk.slice(start, start + address.length)
}

test.each<[string, (index: number) => unknown]>([
  ['of ASCII', (index) => parseJid(cutFromChunk(`juliet-${index}@capulet.example/balcony-${index}`))],
  ['of a long text', (index) => parseJid(cutFromChunk(`juliet-${index}@capulet.example/${'b'.repeat(200)}`))],
  ['that is a domain', (index) => parseJid(cutFromChunk(`server-${index}.capulet.example`))],
  ['beyond ASCII', (index) => parseJid(cutFromChunk(`Jülchen-${index}@Capulet.example/Balkon-${index}`))],
  ['made of parts', (index) => createJid(cutFromChunk(`juliet-capulet-${index}`), 'capulet.example')],
  ['with another resourcepart', (index) => parseJid('a@b').withResource(cutFromChunk(`balcony-of-juliet-${index}`))],
])('an address %s does not pin the text it was cut from', (_, make) => {
  const before = heapUsed()
  const kept = Array.from({ length: 200 }, (_, index) => make(index))
  expect(heapUsed() - before).toBeLessThan(4_000_000)
  expect(kept).toHaveLength(200)
})
