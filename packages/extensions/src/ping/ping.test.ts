import { describe, expect, test } from 'vitest'
import { discoServer } from '../disco/server.ts'
import { Scene } from '../scene.fixture.ts'
import { pingServer } from './server.ts'
import { PING_NAMESPACE, pingElement } from './wire.ts'

const ping = (to: string) => `<iq type='get' id='1'${to}><ping xmlns='urn:xmpp:ping'/></iq>`

test('XEP-0199 §3: an empty element', () => {
  expect(pingElement().toString()).toBe("<ping xmlns='urn:xmpp:ping'/>")
})

describe('XEP-0199 §4', () => {
  const open = () => Scene.open([discoServer, pingServer], { accounts: ['romeo@example.com', 'juliet@example.com'] })

  test.each([
    ['§4.2: to the server', " to='example.com'"],
    ['to the own account', " to='romeo@example.com'"],
    ['§4.2: without address', ''],
  ])('%s: an empty result', async (_, to) => {
    const scene = await open()
    const romeo = await scene.connect('romeo@example.com/orchard')
    const result = await romeo.request(ping(to))
    expect(result.attribute('type')).toBe('result')
    expect(result.elements()).toEqual([])
  })

  test("another's account tells nothing", async () => {
    const scene = await open()
    const romeo = await scene.connect('romeo@example.com/orchard')
    const answers = await Promise.all(
      ['juliet@example.com', 'nobody@example.com'].map((to) =>
        romeo.request(ping(` to='${to}'`).replace("'1'", `'${to}'`)),
      ),
    )
    expect(answers.map((each) => each.child('error')?.elements()[0]?.name)).toEqual(
      Array(2).fill('service-unavailable'),
    )
  })

  test('§5: "MUST return a feature of urn:xmpp:ping"', async () => {
    const scene = await open()
    const romeo = await scene.connect('romeo@example.com/orchard')
    const info = await romeo.request(
      "<iq type='get' id='2' to='example.com'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    )
    expect(info.toString()).toContain(`var='${PING_NAMESPACE}'`)
  })
})
