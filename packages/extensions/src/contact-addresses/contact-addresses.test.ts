import { describe, expect, test } from 'vitest'
import { discoServer } from '../disco/server.ts'
import { readDiscoInfo } from '../disco/wire.ts'
import { Scene } from '../scene.fixture.ts'
import { contactAddressesServer } from './server.ts'
import { contactAddressesElement, readContactAddresses } from './wire.ts'

const addresses = {
  abuse: ['mailto:abuse@shakespeare.lit', 'xmpp:abuse@shakespeare.lit'],
  status: ['https://status.shakespeare.lit'],
}
const open = (settings: object) =>
  Scene.open([discoServer, contactAddressesServer], { settings: { 'contact-addresses': settings } })

describe('XEP-0157 §3', () => {
  test('a form of type result goes there and back', () => {
    const form = contactAddressesElement(addresses)
    expect(form.attribute('type')).toBe('result')
    expect(readContactAddresses([form])).toEqual(addresses)
    expect(readContactAddresses([])).toEqual({})
  })

  test('the addresses stand among the extensions of the server', async () => {
    const scene = await open(addresses)
    const romeo = await scene.connect('romeo@example.com/orchard')
    const info = await romeo.request(
      "<iq type='get' id='1' to='example.com'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    )
    expect(readContactAddresses(readDiscoInfo(info.elements()[0] ?? info).extensions)).toEqual(addresses)
  })

  test('"Values of \'status-addresses\' form field MUST be valid URIs": others are refused at start', async () => {
    await expect(open({ status: ['status.shakespeare.lit'] })).rejects.toThrow(/status\.0: is no URI/)
  })

  test('without addresses there is no form', async () => {
    const scene = await open({})
    const romeo = await scene.connect('romeo@example.com/orchard')
    const info = await romeo.request(
      "<iq type='get' id='1' to='example.com'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    )
    expect(info.toString()).not.toContain('jabber:x:data')
  })
})
