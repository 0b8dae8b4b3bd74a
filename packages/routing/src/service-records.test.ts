import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { orderRecords, type ServiceRecord, selectService } from './service-records.ts'

const record = (target: string, priority = 0, weight = 0, port = 5222): ServiceRecord => ({
  target,
  priority,
  weight,
  port,
})

/** A repeatable sequence of numbers from 0 up to 1. */
function sequence(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296
    return state / 4294967296
  }
}

describe('RFC 2782: the order of SRV records', () => {
  it('"A client MUST attempt to contact the target host with the lowest-numbered priority"', () => {
    const ordered = orderRecords([record('c', 20), record('a', 0, 5), record('b', 10, 65535)], () => 0)
    expect(ordered.map((each) => each.target)).toEqual(['a', 'b', 'c'])
  })

  it('"Larger weights SHOULD be given a proportionately higher probability of being selected"', () => {
    const random = sequence(7)
    const firsts = { light: 0, heavy: 0, none: 0 }
    for (let run = 0; run < 10_000; run++) {
      const [first] = orderRecords([record('light', 1, 10), record('heavy', 1, 30), record('none', 1, 0)], random)
      firsts[first?.target as keyof typeof firsts]++
    }
    expect(firsts.heavy / firsts.light).toBeGreaterThan(2.6)
    expect(firsts.heavy / firsts.light).toBeLessThan(3.5)
    expect(firsts.none).toBeGreaterThan(100)
    expect(firsts.none).toBeLessThan(500)
  })

  it('the least number selects a record of weight 0, the greatest the last', () => {
    const records = [record('heavy', 1, 30), record('none', 1, 0)]
    expect(orderRecords(records, () => 0)[0]?.target).toBe('none')
    expect(orderRecords(records, () => 0.999999)[0]?.target).toBe('heavy')
  })

  it('is always a permutation by ascending priority', () => {
    const records = fc.array(
      fc.record({
        priority: fc.integer({ min: 0, max: 65535 }),
        weight: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 65535 })),
        port: fc.integer({ min: 1, max: 65535 }),
        target: fc.domain(),
      }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(records, fc.nat(), (input, seed) => {
        const ordered = orderRecords(input, sequence(seed))
        expect(new Set(ordered)).toEqual(new Set(input))
        expect(ordered).toHaveLength(input.length)
        const priorities = ordered.map((each) => each.priority)
        expect(priorities).toEqual([...priorities].sort((a, b) => a - b))
      }),
    )
  })
})

describe('RFC 6120 §3.2.1 and XEP-0368 §3: which service to connect to', () => {
  const random = () => 0.5

  it('"all priorities and weights are mixed", and each target keeps its kind of security', () => {
    const selection = selectService(
      { directTls: [record('tls', 10, 0, 443)], startTls: [record('first', 5), record('last', 20)] },
      random,
    )
    expect(selection).toEqual({
      kind: 'targets',
      targets: [
        { ...record('first', 5), security: 'starttls' },
        { ...record('tls', 10, 0, 443), security: 'direct-tls' },
        { ...record('last', 20), security: 'starttls' },
      ],
    })
  })

  it('no answer: "the initiating entity SHOULD … fallback"', () => {
    expect(selectService({}, random)).toEqual({ kind: 'fallback' })
    expect(selectService({ startTls: [], directTls: undefined }, random)).toEqual({ kind: 'fallback' })
  })

  it('"if the result … is a single resource record with a Target of \'.\' … MUST abort"', () => {
    expect(selectService({ startTls: [record('.')] }, random)).toEqual({ kind: 'not-offered' })
    expect(selectService({ startTls: [record('.')], directTls: [record('.')] }, random)).toEqual({
      kind: 'not-offered',
    })
  })

  it('"." speaks for its own service alone', () => {
    const tls = selectService({ startTls: [record('.')], directTls: [record('tls')] }, random)
    expect(tls).toMatchObject({ kind: 'targets', targets: [{ target: 'tls', security: 'direct-tls' }] })
    const plain = selectService({ startTls: [record('host')], directTls: [record('.')] }, random)
    expect(plain).toMatchObject({ kind: 'targets', targets: [{ target: 'host', security: 'starttls' }] })
  })

  it('XEP-0368 §5: "_xmpps-… set to ." alone: "the initiating party MUST NOT perform A/AAAA fallback"', () => {
    expect(selectService({ directTls: [record('.')] }, random)).toEqual({ kind: 'not-offered' })
  })
})
