import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { discoServer } from '../disco/server.ts'
import { type FakeClient, Scene } from '../scene.fixture.ts'
import { lastActivityServer } from './server.ts'
import { lastActivityElement, lastActivityRequest, readLastActivity } from './wire.ts'

const ask = (to: string) => `<iq type='get' id='1' to='${to}'>${lastActivityRequest()}</iq>`
const open = () =>
  Scene.open([discoServer, lastActivityServer], {
    accounts: ['romeo@example.com', 'juliet@example.com', 'tybalt@example.com'],
  })

/** Lets Romeo see Juliet's presence. */
async function subscribe(scene: Scene): Promise<FakeClient> {
  const juliet = await scene.online('juliet@example.com/balcony')
  const romeo = await scene.online('romeo@example.com/orchard')
  await romeo.send("<presence type='subscribe' to='juliet@example.com'/>")
  await juliet.send("<presence type='subscribed' to='romeo@example.com'/>")
  return juliet
}

describe('XEP-0012: the wire', () => {
  test('§2: "a REQUIRED seconds attribute and OPTIONAL XML character data"', () => {
    expect(lastActivityElement({ seconds: 903, status: 'Heading Home' }).toString()).toBe(
      "<query xmlns='jabber:iq:last' seconds='903'>Heading Home</query>",
    )
    for (const activity of [{ seconds: 0 }, { seconds: 5, status: 'x' }])
      expect(readLastActivity(lastActivityElement(activity))).toEqual(activity)
    for (const text of ["<query xmlns='jabber:iq:last'/>", "<query xmlns='jabber:iq:last' seconds='-1'/>"])
      expect(readLastActivity(parseXml(text))).toBeUndefined()
  })
})

describe('XEP-0012: the server', () => {
  test('§3: who may see the presence learns since when the account is offline, and its last status', async () => {
    const scene = await open()
    const juliet = await subscribe(scene)
    await juliet.send("<presence type='unavailable'><status>Heading Home</status></presence>")
    await juliet.disconnect()
    scene.environment.advance(903_500)
    const romeo = await scene.connect('romeo@example.com/street')
    const answer = await romeo.request(ask('juliet@example.com'))
    expect(answer.elements()[0]?.toString()).toBe("<query xmlns='jabber:iq:last' seconds='903'>Heading Home</query>")
  })

  test('§3: with a connected resource "the response MUST contain an empty <query/> … set to a value of \'0\'"', async () => {
    const scene = await open()
    await subscribe(scene)
    const romeo = await scene.connect('romeo@example.com/street')
    const answer = await romeo.request(ask('juliet@example.com'))
    expect(answer.elements()[0]?.toString()).toBe("<query xmlns='jabber:iq:last' seconds='0'/>")
  })

  test('counts from when the last of several sessions left, also when its connection broke', async () => {
    const scene = await open()
    const balcony = await subscribe(scene)
    const desk = await scene.online('juliet@example.com/desk')
    await balcony.disconnect()
    scene.environment.advance(10_000)
    await desk.disconnect()
    scene.environment.advance(5000)
    const romeo = await scene.connect('romeo@example.com/street')
    expect((await romeo.request(ask('juliet@example.com'))).elements()[0]?.attribute('seconds')).toBe('5')
  })

  test('§3: otherwise "the user\'s server MUST NOT return last activity information but instead MUST return a <forbidden/> error"', async () => {
    const scene = await open()
    await subscribe(scene)
    const tybalt = await scene.connect('tybalt@example.com/street')
    const answer = await tybalt.request(ask('juliet@example.com'))
    expect(answer.child('error')?.elements()[0]?.name).toBe('forbidden')
  })

  test('§4: "MUST NOT deliver the IQ-get to an available resource but instead MUST return a <forbidden/> error"', async () => {
    const scene = await open()
    const juliet = await subscribe(scene)
    juliet.take()
    const tybalt = await scene.connect('tybalt@example.com/street')
    const answer = await tybalt.request(ask('juliet@example.com/balcony'))
    expect(answer.child('error')?.elements()[0]?.name).toBe('forbidden')
    expect(juliet.take()).toEqual([])
  })

  test('§4: the request of a subscriber is delivered', async () => {
    const scene = await open()
    const juliet = await subscribe(scene)
    juliet.take()
    const romeo = await scene.connect('romeo@example.com/street')
    await romeo.send(ask('juliet@example.com/balcony'))
    expect(juliet.take().map(({ name }) => name)).toEqual(['iq'])
  })

  test('what is not known is item-not-found', async () => {
    const scene = await open()
    const tybalt = await scene.connect('tybalt@example.com/street')
    await tybalt.disconnect()
    const again = await scene.connect('tybalt@example.com/again')
    expect((await again.request(ask('tybalt@example.com'))).elements()[0]?.attribute('seconds')).toBe('0')
  })

  test('§5: the server tells how long it runs', async () => {
    const scene = await open()
    scene.environment.advance(123_456_000)
    const romeo = await scene.connect('romeo@example.com/orchard')
    const answer = await romeo.request(ask('example.com'))
    expect(answer.elements()[0]?.toString()).toBe("<query xmlns='jabber:iq:last' seconds='123456'/>")
  })

  test('§6: "MUST advertise that fact … by returning a feature of jabber:iq:last"', async () => {
    const scene = await open()
    const romeo = await scene.connect('romeo@example.com/orchard')
    for (const to of ['example.com', 'romeo@example.com']) {
      const info = await romeo.request(
        `<iq type='get' id='1' to='${to}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
      )
      expect(info.toString()).toContain("var='jabber:iq:last'")
    }
  })
})
