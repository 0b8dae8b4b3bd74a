import { createHash } from 'node:crypto'
import { defineServerModule } from '@parlour/server-core'
import { parseXml } from '@parlour/xml'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contactAddressesServer } from '../contact-addresses/server.ts'
import { discoServer } from '../disco/server.ts'
import { readDiscoInfo } from '../disco/wire.ts'
import { Scene } from '../scene.fixture.ts'
import { capsServer } from './server.ts'
import { capsElement, capsNode, readCaps, verificationInput, verificationString, verifiesCaps } from './wire.ts'
import { base64, sha1 } from './wire-sha-1.ts'

const query = (content: string) =>
  readDiscoInfo(parseXml(`<query xmlns='http://jabber.org/protocol/disco#info'>${content}</query>`))
const features = [
  'http://jabber.org/protocol/muc',
  'http://jabber.org/protocol/disco#info',
  'http://jabber.org/protocol/caps',
  'http://jabber.org/protocol/disco#items',
]
  .map((name) => `<feature var='${name}'/>`)
  .join('')
const exodus = query(`<identity category='client' name='Exodus 0.9.1' type='pc'/>${features}`)
const psi = query(`
  <identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>
  <identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>${features}
  <x xmlns='jabber:x:data' type='result'>
    <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>
    <field var='software'><value>Psi</value></field>
    <field var='ip_version' type='text-multi'><value>ipv6</value><value>ipv4</value></field>
    <field var='os_version'><value>10.5.1</value></field>
    <field var='os'><value>Mac</value></field>
    <field var='software_version'><value>0.11</value></field>
  </x>`)

/** Of one to four octets, and where UTF-16 sorts otherwise than UTF-8. */
const characters = fc.constantFrom('a', 'B', ' ', 'é', 'Ψ', '\uffff', '\ue000', '\u{10000}', '\u{10ffff}')

describe('SHA-1', () => {
  test('as another implementation computes it', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200, unit: characters }), (text) => {
        expect(base64(sha1(text))).toBe(createHash('sha1').update(text).digest('base64'))
      }),
      { numRuns: 30 },
    )
  }, 30_000)

  test.each([0, 55, 56, 63, 64, 65, 119, 120, 1000])('of %i octets', (length) => {
    const text = 'a'.repeat(length)
    expect(base64(sha1(text))).toBe(createHash('sha1').update(text).digest('base64'))
  })
})

describe('XEP-0115 §5.1: "the value of the verification string MUST be generated according to the following method"', () => {
  test('§5.2: the simple example', () => {
    expect(verificationInput(exodus)).toBe(
      'client/pc//Exodus 0.9.1<http://jabber.org/protocol/caps<http://jabber.org/protocol/disco#info<http://jabber.org/protocol/disco#items<http://jabber.org/protocol/muc<',
    )
    expect(verificationString(exodus)).toBe('QgayPKawpkPSDYmwT/WM94uAlu0=')
  })

  test('§5.3: the complex example', () => {
    expect(verificationString(psi)).toBe('q07IKJEyjvHSyhy//CH0CxmKi8w=')
  })

  test('§5.1: "All sorting operations MUST be performed using i;octet collation"', () => {
    const order = (list: string[]) => verificationInput({ identities: [], features: list, extensions: [] })
    expect(order(['b', 'B', 'a', '\u{10000}', '\uffff', 'ab'])).toBe('B<a<ab<b<\uffff<\u{10000}<')
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: characters })), (list) => {
        const expected = [...list].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        expect(order(list)).toBe(expected.map((each) => `${each}<`).join(''))
      }),
    )
  })

  test('§5.4: forms without FORM_TYPE are ignored', () => {
    const plain = query(
      `<identity category='client' name='Exodus 0.9.1' type='pc'/>${features}<x xmlns='jabber:x:data'><field var='a'><value>b</value></field></x>`,
    )
    expect(verificationString(plain)).toBe('QgayPKawpkPSDYmwT/WM94uAlu0=')
  })
})

describe('XEP-0115 §5.4: processing', () => {
  const caps = { hash: 'sha-1', node: 'http://code.google.com/p/exodus', ver: 'QgayPKawpkPSDYmwT/WM94uAlu0=' }

  test('"If the values of the received and reconstructed hashes match, the processing application MUST consider the result to be valid"', () => {
    expect(verifiesCaps(exodus, caps)).toBe(true)
    expect(verifiesCaps(psi, { ...caps, ver: 'q07IKJEyjvHSyhy//CH0CxmKi8w=' })).toBe(true)
  })

  test('"do not match: MUST consider the result to be invalid"', () => {
    expect(verifiesCaps(psi, caps)).toBe(false)
    expect(verifiesCaps(exodus, { ...caps, hash: 'md5' })).toBe(false)
  })

  test.each([
    [
      'more than one identity with the same category/type/lang/name',
      "<identity category='a' type='b'/><identity category='a' type='b'/>",
    ],
    ['more than one feature with the same name', "<feature var='a'/><feature var='a'/>"],
    [
      'more than one form with the same FORM_TYPE',
      "<x xmlns='jabber:x:data'><field var='FORM_TYPE' type='hidden'><value>f</value></field></x>".repeat(2),
    ],
    ['§9.3: the separator within a value', "<feature var='a&lt;b'/>"],
  ])('ill-formed: %s', (_, content) => {
    const info = query(content)
    expect(verifiesCaps(info, { ...caps, ver: verificationString(info) })).toBe(false)
  })

  test('an element without hash is of the legacy format, and ignored', () => {
    const presence = (c: string) => parseXml(`<presence xmlns='jabber:client'>${c}</presence>`)
    expect(readCaps(presence(capsElement(caps).toString()))).toEqual(caps)
    expect(readCaps(presence("<c xmlns='http://jabber.org/protocol/caps' node='n' ver='v'/>"))).toBeUndefined()
    expect(readCaps(presence(''))).toBeUndefined()
    expect(capsNode(caps)).toBe('http://code.google.com/p/exodus#QgayPKawpkPSDYmwT/WM94uAlu0=')
  })
})

describe('XEP-0115 §6.3: the server', () => {
  const late = defineServerModule({ name: 'late', setup: (host) => [host.discovery.advertise('urn:late')] })
  const settings = { 'contact-addresses': { abuse: ['mailto:abuse@example.com'] } }

  test('announces a hash of what it answers to service discovery, to the node it names and without node', async () => {
    const scene = await Scene.open([capsServer, discoServer, contactAddressesServer, late], { settings })
    const announced =
      scene.kernel.host('example.com')?.features('authenticated', true, { maxStanzaBytes: 10_000 }) ?? []
    const caps = readCaps(parseXml(`<features xmlns='urn:x'>${announced.join('')}</features>`))
    if (!caps) throw new Error('no capabilities')
    const romeo = await scene.connect('romeo@example.com/orchard')
    for (const node of ['', ` node='${capsNode(caps)}'`]) {
      const answer = await romeo.request(
        `<iq type='get' id='1' to='example.com'><query xmlns='http://jabber.org/protocol/disco#info'${node}/></iq>`,
      )
      const info = readDiscoInfo(answer.elements()[0] ?? answer)
      expect(verifiesCaps(info, caps)).toBe(true)
      expect(info.features).toEqual(expect.arrayContaining(['http://jabber.org/protocol/caps', 'urn:late']))
    }
  })
})
