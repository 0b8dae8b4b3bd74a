import { encode } from 'dns-packet'
import { describe, expect, it } from 'vitest'
import { decodeResponse } from './message.ts'

const QUESTION = { name: 'example.org', type: 'A' } as const
const ANSWER = encode({
  ...{ type: 'response', id: 7, questions: [QUESTION] },
  answers: [{ ...QUESTION, ttl: 60, data: '192.0.2.1' }],
})

/** The answer, with another count in its header (RFC 1035 §4.1.1). */
function counting(at: number, count: number): Buffer {
  const message = Buffer.from(ANSWER)
  message.writeUInt16BE(count, at)
  return message
}

describe('RFC 1035 §4.1.1: counts in the header', () => {
  it('are as many as there are records', () => {
    expect(decodeResponse(ANSWER, 7, QUESTION)).toMatchObject({ rcode: 'NOERROR', records: [{ address: '192.0.2.1' }] })
  })

  it.each([4, 6, 8, 10])('octet %d: a count that the message has no room for is malformed, and costs nothing', (at) => {
    const message = counting(at, 65_535)
    const before = process.cpuUsage()
    for (let attempt = 0; attempt < 100; attempt++)
      expect(decodeResponse(message, 7, QUESTION)).toMatchObject({ rcode: 'MALFORMED', records: [] })
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(1_000)
  })

  it('no question is no answer to ours', () => {
    expect(decodeResponse(counting(4, 0), 7, QUESTION)?.records ?? []).toEqual([])
  })
})
