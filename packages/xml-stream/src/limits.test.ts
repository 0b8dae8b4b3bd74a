import { describe, expect, test } from 'vitest'
import { eventsOf, type Piece } from '../test/events.ts'
import { DEFAULT_LIMITS, StreamParser, UNAUTHENTICATED_LIMITS } from './index.ts'

const OPEN = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
const ERROR = 'error policy-violation'

/** Whole, byte by byte, and in pieces as a socket gives them. */
function feedings(content: string): Piece[][] {
  const bytes = new TextEncoder().encode(content)
  const pieces = (size: number) =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    )
  return [[content], [bytes], pieces(4096), pieces(1)]
}

function lastEvents(content: string, limits = DEFAULT_LIMITS): string[] {
  return feedings(content).map(
    (pieces) =>
      eventsOf([OPEN, ...pieces], { limits })
        .slice(1)
        .at(-1)
        ?.slice(0, 22) ?? '',
  )
}
const allRefused = (content: string, limits = DEFAULT_LIMITS) =>
  expect(new Set(lastEvents(content, limits))).toEqual(new Set([ERROR]))
const allAccepted = (content: string, limits = DEFAULT_LIMITS) => {
  for (const event of lastEvents(content, limits)) expect(event.startsWith('element')).toBe(true)
}

describe('octets of one stanza (RFC 6120 §4.9.3.14)', () => {
  const limits = { ...DEFAULT_LIMITS, maxStanzaBytes: 10_000 }
  const ofLength = (length: number) => `<a>${'x'.repeat(length - 7)}</a>`

  test('exactly the limit is accepted, one more is not', () => {
    allAccepted(ofLength(10_000), limits)
    allRefused(ofLength(10_001), limits)
  })

  test('octets are counted, not characters', () => {
    allAccepted(`<a>${'ü'.repeat(4996)}</a>`, limits)
    allRefused(`<a>${'ü'.repeat(4997)}</a>`, limits)
    allAccepted(`<a>${'☂'.repeat(3331)}</a>`, limits)
    allRefused(`<a>${'☂'.repeat(3332)}</a>`, limits)
    allAccepted(`<a>${'🎭'.repeat(2498)}</a>`, limits)
    allRefused(`<a>${'🎭'.repeat(2499)}</a>`, limits)
  })

  test('each stanza has its own', () => allAccepted(ofLength(9_000).repeat(5), limits))

  test('white space between stanzas is not counted', () => allAccepted(`${' '.repeat(50_000)}<a/>`, limits))

  test.each([
    ['text that does not end', `<a>${'x'.repeat(20_000)}`],
    ['an attribute that does not end', `<a b='${'x'.repeat(20_000)}`],
    ['a tag of many attributes', `<a${Array.from({ length: 20_000 }, () => ' ').join('')}`],
    ['a section that does not end', `<a><![CDATA[${'x'.repeat(20_000)}`],
    ['an end tag that does not end', `<a></a${' '.repeat(20_000)}`],
    ['many small elements', `<a>${'<b/>'.repeat(20_000)}`],
  ])('%s', (_, content) => allRefused(content, limits))

  test('a name that does not end', () => {
    for (const event of lastEvents(`<${'x'.repeat(20_000)}`, limits)) expect(event).toBe(ERROR)
  })

  test('the header counts too', () => {
    for (const pieces of feedings(`<stream:stream a='${'x'.repeat(20_000)}`)) {
      expect(eventsOf(pieces, { limits })).toEqual([ERROR])
    }
  })
})

test('elements within each other', () => {
  allAccepted('<a>'.repeat(100) + '</a>'.repeat(100))
  allRefused('<a>'.repeat(101))
})

test('attributes of one element', () => {
  const tag = (count: number) => `<a${Array.from({ length: count }, (_, index) => ` a${index}='1'`).join('')}/>`
  allAccepted(tag(100))
  allRefused(tag(101))
  allRefused(`<a${Array.from({ length: 101 }, (_, index) => ` xmlns:a${index}='u'`).join('')}/>`)
})

test('length of names', () => {
  allAccepted(`<${'x'.repeat(256)}/>`)
  allRefused(`<${'x'.repeat(257)}/>`)
  allRefused(`<a ${'x'.repeat(257)}='1'/>`)
})

test('length of namespaces', () => {
  allAccepted(`<a xmlns='${'x'.repeat(1024)}'/>`)
  allRefused(`<a xmlns='${'x'.repeat(1025)}'/>`)
  allRefused(`<a xmlns:p='${'x'.repeat(1025)}'/>`)
})

test('children of one element, text counted', () => {
  const limits = { ...DEFAULT_LIMITS, maxChildren: 10 }
  allAccepted(`<a>${'<b/>'.repeat(10)}</a>`, limits)
  allRefused(`<a>${'<b/>'.repeat(11)}</a>`, limits)
  allAccepted(`<a>${'x<b/>'.repeat(5)}</a>`, limits)
  allRefused(`<a>${'x<b/>'.repeat(5)}x</a>`, limits)
})

test('a long namespace used by prefix many times does not make a small stanza a large one', () => {
  const long = 'x'.repeat(1000)
  allRefused(`<a xmlns:p='${long}'>${'<p:b/>'.repeat(300)}</a>`)
  allRefused(`<a xmlns:p='${long}'>${"<b p:c=''/>".repeat(300)}</a>`)
  allAccepted(`<a xmlns:p='${long}'>${'<p:b/>'.repeat(50)}</a>`)
})

test('10 MB in one piece: refused at the limit, with little memory', () => {
  const bytes = new TextEncoder().encode(`${OPEN}<a>${'<b c="d">text</b>'.repeat(620_000)}</a>`)
  const before = process.memoryUsage().heapUsed
  expect(eventsOf([bytes]).at(-1)).toBe(ERROR)
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(20_000_000)
})

test('setLimits(): small before authentication, larger after', () => {
  const events: string[] = []
  const parser = new StreamParser(
    {
      header: () => {},
      element: (element) => events.push(element.name),
      footer: () => {},
      error: (error) => events.push(error.condition),
    },
    { limits: UNAUTHENTICATED_LIMITS },
  )
  parser.write(OPEN)
  parser.setLimits(DEFAULT_LIMITS)
  parser.write(`<big>${'x'.repeat(20_000)}</big>`)
  parser.setLimits(UNAUTHENTICATED_LIMITS)
  parser.write(`<big>${'x'.repeat(20_000)}</big>`)
  expect(events).toEqual(['big', 'policy-violation'])
})

test.each(['x', 'é', '語'])(
  'setLimits() within a piece: what comes right behind may be larger at once, of %s too',
  (character) => {
    const lengths: (number | undefined)[] = []
    const parser = new StreamParser(
      {
        header: () => {},
        element: (element) => {
          if (element.name === 'success') parser.setLimits(DEFAULT_LIMITS)
          else lengths.push(element.childText('body')?.length)
        },
        footer: () => {},
        error: (error) => expect.unreachable(error.condition),
      },
      { limits: UNAUTHENTICATED_LIMITS },
    )
    parser.write(OPEN)
    const big = `<message><body>${character.repeat(6_000)}</body></message>`
    parser.write(new TextEncoder().encode(`<success/>${big}${big}`))
    expect(lengths).toEqual([6_000, 6_000])
  },
)

test('being fed one byte at a time is not quadratic: 256 KB in one attribute', () => {
  const bytes = new TextEncoder().encode(`<a b='${'x'.repeat(262_000)}'/>`)
  const pieces = Array.from(bytes, (_, index) => bytes.subarray(index, index + 1))
  const before = process.threadCpuUsage()
  expect(eventsOf([OPEN, ...pieces])).toHaveLength(2)
  // Microseconds of this thread's processor time: other work on the machine does not count.
  expect(process.threadCpuUsage(before).user).toBeLessThan(5_000_000)
})
