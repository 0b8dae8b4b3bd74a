import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { Scene } from '../scene.fixture.ts'
import { delayServer } from './server.ts'
import { delayElement, readDelay } from './wire.ts'

const message = (children: string) => parseXml(`<message xmlns='jabber:client'>${children}</message>`)

describe('XEP-0203', () => {
  test('§2: the stamp is REQUIRED and "MUST be expressed in UTC"', () => {
    expect(delayElement({ stamp: 0, from: 'capulet.com', reason: 'Offline Storage' }).toString()).toBe(
      "<delay xmlns='urn:xmpp:delay' from='capulet.com' stamp='1970-01-01T00:00:00.000Z'>Offline Storage</delay>",
    )
  })

  test('reads the delay that somebody added, or else the first; one with an invalid stamp does not count', () => {
    const stanza = message(
      "<delay xmlns='urn:xmpp:delay' stamp='x'/><delay xmlns='urn:xmpp:delay' stamp='1970-01-01T00:00:01Z'/><delay xmlns='urn:xmpp:delay' from='a' stamp='1970-01-01T00:00:02Z'>b</delay>",
    )
    expect(readDelay(stanza)).toEqual({ stamp: 1000 })
    expect(readDelay(stanza, 'a')).toEqual({ stamp: 2000, from: 'a', reason: 'b' })
    expect(readDelay(stanza, 'z')).toBeUndefined()
    expect(readDelay(message(''))).toBeUndefined()
  })

  test("§5: \"the recipient's server SHOULD discard a delayed delivery notation whose 'from' attribute matches the server's JabberID\"", async () => {
    const scene = await Scene.open([delayServer], { accounts: ['juliet@example.com'] })
    const juliet = await scene.online('juliet@example.com/balcony')
    const romeo = await scene.connect('romeo@example.com/orchard')
    juliet.take()
    const stamp = "stamp='2002-09-10T23:08:25Z'"
    await romeo.send(
      `<message to='juliet@example.com'><body>x</body><delay xmlns='urn:xmpp:delay' from='example.com' ${stamp}/><delay xmlns='urn:xmpp:delay' from='Example.COM' ${stamp}/><delay xmlns='urn:xmpp:delay' from='romeo@example.com/orchard' ${stamp}/></message>`,
    )
    const [received] = juliet.take()
    expect(received?.childrenNamed('delay', 'urn:xmpp:delay').map((each) => each.attribute('from'))).toEqual([
      'romeo@example.com/orchard',
    ])
  })
})
