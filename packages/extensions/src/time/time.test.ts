import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { discoServer } from '../disco/server.ts'
import { Scene } from '../scene.fixture.ts'
import { timeServer } from './server.ts'
import { readTime, timeElement, timeRequest } from './wire.ts'

describe('XEP-0202', () => {
  test('§2: tzo "MUST conform to the Time Zone Definition", utc to the dateTime profile, "expressed in UTC"', () => {
    const at = Date.UTC(2006, 11, 19, 17, 58, 35)
    const element = timeElement({ at, offset: -360 })
    expect(element.childText('tzo')).toBe('-06:00')
    expect(element.childText('utc')).toBe('2006-12-19T17:58:35.000Z')
    expect(timeElement({ at, offset: 345 }).childText('tzo')).toBe('+05:45')
  })

  test.each([0, -360, 345, 840])('an offset of %i minutes goes there and back', (offset) => {
    expect(readTime(timeElement({ at: 1000, offset }))).toEqual({ at: 1000, offset })
  })

  test.each([
    ['<utc>2006-12-19T17:58:35Z</utc><tzo>Z</tzo>', { at: Date.UTC(2006, 11, 19, 17, 58, 35), offset: 0 }],
    ['<utc>yesterday</utc><tzo>Z</tzo>', undefined],
    ['<utc>2006-12-19T17:58:35Z</utc><tzo>CET</tzo>', undefined],
    ['<tzo>Z</tzo>', undefined],
  ])('reads %s', (children, expected) => {
    expect(readTime(parseXml(`<time xmlns='urn:xmpp:time'>${children}</time>`))).toEqual(expected)
  })

  test('the server answers anybody with its clock; §6: its zone does not tell where it stands', async () => {
    const scene = await Scene.open([discoServer, timeServer])
    const romeo = await scene.connect('romeo@example.com/orchard')
    const answer = await romeo.request(`<iq type='get' id='1' to='example.com'>${timeRequest()}</iq>`)
    expect(readTime(answer.elements()[0] ?? answer)).toEqual({ at: scene.environment.now(), offset: 0 })
  })

  test('§4: "MUST report that by including a service discovery feature of urn:xmpp:time"', async () => {
    const scene = await Scene.open([discoServer, timeServer])
    const romeo = await scene.connect('romeo@example.com/orchard')
    const info = await romeo.request(
      "<iq type='get' id='1' to='example.com'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    )
    expect(info.toString()).toContain("var='urn:xmpp:time'")
  })
})
