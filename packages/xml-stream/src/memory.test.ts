import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { copyString, type Element } from '@parlour/xml'
import { expect, test } from 'vitest'
import { StreamParser } from './index.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const OPEN =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='example.com' version='1.0'>"

function heapAfter(make: () => unknown): number {
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  const kept = make()
  collectGarbage()
  const growth = process.memoryUsage().heapUsed - before
  expect(kept).toBeDefined()
  return growth
}

const parserOf = (element: (element: Element) => void) =>
  new StreamParser({
    header() {},
    element,
    footer() {},
    error(error) {
      throw error
    },
  })

test('an idle parser takes less than 4 kB and retains no stanza that it has delivered', () => {
  const stanza = new TextEncoder().encode(`<message><body>${'long text '.repeat(1000)}</body></message>`)
  const growth = heapAfter(() =>
    Array.from({ length: 1000 }, () => {
      const parser = parserOf(() => {})
      parser.write(new TextEncoder().encode(OPEN))
      parser.write(stanza)
      return parser
    }),
  )
  expect(growth / 1000).toBeLessThan(4000)
})

test('copyString(): an id that is kept does not keep the piece it came in', () => {
  const ids: string[] = []
  const growth = heapAfter(() => {
    const parser = parserOf((element) => ids.push(copyString(element.attribute('id') as string)))
    parser.write(OPEN)
    for (let index = 0; index < 1000; index++) {
      parser.write(
        `<message id='an-id-that-is-long-enough-${index}'><body>${'long text '.repeat(400)}</body></message>`,
      )
    }
    return ids
  })
  expect(growth / ids.length).toBeLessThan(400)
})
