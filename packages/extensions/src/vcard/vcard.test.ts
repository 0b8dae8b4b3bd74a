import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { discoServer } from '../disco/server.ts'
import { Scene } from '../scene.fixture.ts'
import { vcardServer } from './server.ts'
import { readVcard, vcardElement, vcardRequest } from './wire.ts'

const get = (to = '') => `<iq type='get' id='1'${to && ` to='${to}'`}><vCard xmlns='vcard-temp'/></iq>`
const set = (content: string, to = '') =>
  `<iq type='set' id='1'${to && ` to='${to}'`}><vCard xmlns='vcard-temp'>${content}</vCard></iq>`
const open = (settings = {}) =>
  Scene.open([discoServer, vcardServer], {
    accounts: ['romeo@example.com', 'juliet@example.com'],
    settings: { vcard: settings },
  })

test('XEP-0054 §6: names in capitals; the summary goes there and back', () => {
  const summary = { fullName: 'Juliet', nickname: 'jul', photo: { type: 'image/png', base64: 'AAAA' } }
  expect(readVcard(vcardElement(summary))).toEqual(summary)
  expect(vcardElement({ fullName: 'J' }).toString()).toBe("<vCard xmlns='vcard-temp'><FN>J</FN></vCard>")
  expect(readVcard(vcardRequest())).toEqual({})
  expect(readVcard(parseXml("<vCard xmlns='vcard-temp'><PHOTO><BINVAL>AA\nAA</BINVAL></PHOTO></vCard>"))).toEqual({
    photo: { type: '', base64: 'AAAA' },
  })
})

describe('XEP-0054: the server', () => {
  test('§3.1: "If a vCard exists for the user, the server MUST return [it] in an IQ-result"; §3.2: it is replaced whole', async () => {
    const scene = await open()
    const juliet = await scene.connect('juliet@example.com/balcony')
    expect((await juliet.request(set('<FN>Juliet</FN><DESC>x</DESC>'))).attribute('type')).toBe('result')
    await juliet.request(set('<FN>Juliet Capulet</FN>'))
    const answer = await juliet.request(get())
    expect(answer.elements().map(String)).toEqual(["<vCard xmlns='vcard-temp'><FN>Juliet Capulet</FN></vCard>"])
  })

  test('§3.1: "If no vCard exists, the server MUST return a stanza error (which SHOULD be <item-not-found/>)"', async () => {
    const scene = await open()
    const juliet = await scene.connect('juliet@example.com/balcony')
    expect((await juliet.request(get())).child('error')?.elements()[0]?.name).toBe('item-not-found')
  })

  test('§3.2: on another\'s vCard "the server MUST return a stanza error, which SHOULD be <forbidden/>"', async () => {
    const scene = await open()
    const juliet = await scene.connect('juliet@example.com/balcony')
    await juliet.request(set('<FN>Juliet</FN>'))
    const romeo = await scene.connect('romeo@example.com/orchard')
    const answer = await romeo.request(set('<FN>Fool</FN>', 'juliet@example.com'))
    expect(answer.child('error')?.elements()[0]?.name).toBe('forbidden')
    expect((await juliet.request(get())).toString()).toContain('<FN>Juliet</FN>')
  })

  test('§3.3: others read it: "MUST respond on behalf of the requestor and not forward the IQ"', async () => {
    const scene = await open()
    const juliet = await scene.online('juliet@example.com/balcony')
    await juliet.request(set('<FN>Juliet</FN>'))
    juliet.take()
    const romeo = await scene.connect('romeo@example.com/orchard')
    const answer = await romeo.request(get('juliet@example.com'))
    expect(answer.attribute('from')).toBe('juliet@example.com')
    expect(answer.toString()).toContain('<FN>Juliet</FN>')
    expect(juliet.take()).toEqual([])
  })

  test('§3.3: "<service-unavailable/> MUST be used in both cases": no vCard, no account', async () => {
    const scene = await open()
    const romeo = await scene.connect('romeo@example.com/orchard')
    for (const to of ['juliet@example.com', 'nobody@example.com']) {
      const answer = await romeo.request(get(to))
      expect(answer.child('error')?.elements()[0]?.name).toBe('service-unavailable')
    }
  })

  test('§4: "MUST report that by including a service discovery feature of vcard-temp"', async () => {
    const scene = await open()
    const romeo = await scene.connect('romeo@example.com/orchard')
    const info = await romeo.request(
      "<iq type='get' id='1' to='example.com'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    )
    expect(info.toString()).toContain("var='vcard-temp'")
  })

  test('its size is bounded', async () => {
    const scene = await open({ maxBytes: 2000 })
    const romeo = await scene.connect('romeo@example.com/orchard')
    const answer = await romeo.request(set(`<DESC>${'x'.repeat(2000)}</DESC>`))
    expect(answer.child('error')?.elements()[0]?.name).toBe('policy-violation')
    const large = await romeo.request(set(`<DESC>${'&apos;'.repeat(300)}${'x'.repeat(100)}</DESC>`))
    expect(large.attribute('type')).toBe('result')
    expect((await romeo.request(get())).attribute('type')).toBe('result')
  })
})
