import { type Iq, readStanza } from '@parlour/stanza'
import { parseXml } from '@parlour/xml'
import { describe, expect, it } from 'vitest'
import { ServerPings } from './server-pings.ts'

const NAMES = { local: 'a.example', remote: 'b.example' }
const answer = (from: string, to: string, id: string, type = 'result') =>
  readStanza(parseXml(`<iq xmlns='jabber:client' type='${type}' from='${from}' to='${to}' id='${id}'/>`)) as Iq

describe('RFC 6120 §8.2.3: the answer to a ping', () => {
  it('is known by its id and both addresses, once', () => {
    const pings = new ServerPings()
    let answered = 0
    pings.expect('1', NAMES, () => answered++)
    expect(pings.take(answer('c.example', 'a.example', '1'))).toBe(false)
    expect(pings.take(answer('x@b.example', 'a.example', '1'))).toBe(false)
    expect(pings.take(answer('b.example', 'user@a.example', '1'))).toBe(false)
    expect(pings.take(answer('b.example', 'a.example', '2'))).toBe(false)
    expect(pings.take(answer('b.example', 'a.example', '1', 'error'))).toBe(true)
    expect(pings.take(answer('b.example', 'a.example', '1'))).toBe(false)
    expect(answered).toBe(1)
  })

  it('is not waited for when it was forgotten', () => {
    const pings = new ServerPings()
    pings.expect('1', NAMES, () => expect.fail('forgotten'))()
    expect(pings.take(answer('b.example', 'a.example', '1'))).toBe(false)
  })
})

describe('silence', () => {
  it('is death once where nothing is known, then not', () => {
    const pings = new ServerPings()
    expect([1, 2, 3].map(() => pings.isDeath(NAMES))).toEqual([true, false, false])
    expect(pings.isDeath({ ...NAMES, local: 'c.example' })).toBe(true)
  })

  it('is death five times of a server that did answer', () => {
    const pings = new ServerPings()
    pings.isDeath(NAMES)
    pings.isDeath(NAMES)
    pings.expect('1', NAMES, () => {})
    pings.take(answer('b.example', 'a.example', '1'))
    expect([1, 2, 3, 4, 5, 6].map(() => pings.isDeath(NAMES))).toEqual([true, true, true, true, true, false])
  })
})
