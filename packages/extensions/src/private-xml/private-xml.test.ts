import { el } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { discoServer } from '../disco/server.ts'
import { Scene } from '../scene.fixture.ts'
import { privateXmlServer } from './server.ts'
import { privateXmlElement, privateXmlRequest } from './wire.ts'

const iq = (type: string, content: string, to = '') =>
  `<iq type='${type}' id='1'${to && ` to='${to}'`}><query xmlns='jabber:iq:private'>${content}</query></iq>`
const open = (settings = {}) =>
  Scene.open([discoServer, privateXmlServer], {
    accounts: ['hamlet@example.com', 'macbeth@example.com'],
    settings: { 'private-xml': settings },
  })

test('XEP-0049 §2.3: the wire', () => {
  expect(privateXmlRequest('exodus', 'exodus:prefs').toString()).toBe(
    "<query xmlns='jabber:iq:private'><exodus xmlns='exodus:prefs'/></query>",
  )
  expect(privateXmlElement(el('a', 'urn:a'), el('b', 'urn:a')).elements()).toHaveLength(2)
})

describe('XEP-0049 §2.3', () => {
  test('data is stored and retrieved, each element by its own name', async () => {
    const scene = await open()
    const hamlet = await scene.connect('hamlet@example.com/denmark')
    const stored = await hamlet.request(
      iq('set', "<exodus xmlns='exodus:prefs'><defaultnick>Hamlet</defaultnick></exodus><other xmlns='exodus:prefs'/>"),
    )
    expect(stored.attribute('type')).toBe('result')
    await hamlet.disconnect()
    const again = await scene.connect('hamlet@example.com/england')
    const answer = await again.request(iq('get', "<exodus xmlns='exodus:prefs'/>"))
    expect(answer.elements()[0]?.elements().map(String)).toEqual([
      "<exodus xmlns='exodus:prefs'><defaultnick>Hamlet</defaultnick></exodus>",
    ])
  })

  test('what was never stored comes back empty', async () => {
    const scene = await open()
    const hamlet = await scene.connect('hamlet@example.com/denmark')
    const answer = await hamlet.request(iq('get', "<exodus xmlns='exodus:prefs'/>"))
    expect(answer.elements()[0]?.elements().map(String)).toEqual(["<exodus xmlns='exodus:prefs'/>"])
  })

  test.each([
    [
      '"At least one child element … MUST be included; otherwise the server MUST respond with a Not Acceptable error"',
      'set',
      '',
      'not-acceptable',
    ],
    [
      '"an IQ get without providing a child element, the server SHOULD return a Bad Format error"',
      'get',
      '',
      'bad-request',
    ],
    [
      '"A client MUST NOT query for more than one namespace in a single IQ get"',
      'get',
      "<a xmlns='urn:a'/><b xmlns='urn:b'/>",
      'bad-request',
    ],
    ['"as long as the root element of that fragment is scoped by its own namespace"', 'set', '<a/>', 'not-acceptable'],
  ])('%s', async (_, type, content, condition) => {
    const scene = await open()
    const hamlet = await scene.connect('hamlet@example.com/denmark')
    const answer = await hamlet.request(iq(type, content))
    expect(answer.child('error')?.elements()[0]?.name).toBe(condition)
  })

  test.each(['get', 'set'])(
    '%s of another\'s data: "the server MUST return a Forbidden or Service Unavailable error"',
    async (type) => {
      const scene = await open()
      const macbeth = await scene.connect('macbeth@example.com/castle')
      const answer = await macbeth.request(iq(type, "<exodus xmlns='exodus:prefs'/>", 'hamlet@example.com'))
      expect(answer.child('error')?.elements()[0]?.name).toBe('forbidden')
    },
  )

  test('the size and number of what one account stores are bounded', async () => {
    const scene = await open({ maxBytes: 200, maxElements: 2 })
    const hamlet = await scene.connect('hamlet@example.com/denmark')
    const set = async (content: string) => (await hamlet.request(iq('set', content))).attribute('type')
    expect(await set("<a xmlns='urn:a'/>")).toBe('result')
    expect(await set(`<b xmlns='urn:a'>${'x'.repeat(200)}</b>`)).toBe('error')
    expect(await set("<b xmlns='urn:a'/>")).toBe('result')
    expect(await set("<c xmlns='urn:a'/>")).toBe('error')
    expect(await set("<b xmlns='urn:a'>again</b>")).toBe('result')
  })
})
