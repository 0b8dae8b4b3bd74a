import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { discoServer } from '../disco/server.ts'
import { Scene } from '../scene.fixture.ts'
import { createVersionServer } from './server.ts'
import { readVersion, versionElement, versionRequest } from './wire.ts'

const request = "<iq type='get' id='1' to='example.com'><query xmlns='jabber:iq:version'/></iq>"
const open = (settings = {}) =>
  Scene.open([discoServer, createVersionServer({ name: 'Parlour', version: '1.2.3' })], {
    settings: { version: settings },
  })

describe('XEP-0092', () => {
  test('§2: goes there and back; what is missing is empty', () => {
    const version = { name: 'Exodus', version: '0.7.0.4', os: 'Windows-XP 5.01.2600' }
    expect(readVersion(versionElement(version))).toEqual(version)
    expect(readVersion(versionRequest())).toEqual({ name: '', version: '' })
    expect(
      readVersion(parseXml("<query xmlns='jabber:iq:version'><name>a</name><version>b</version></query>")),
    ).toEqual({
      name: 'a',
      version: 'b',
    })
  })

  test('§2: name and version are REQUIRED; §5: the operating system is not told by default', async () => {
    const scene = await open()
    const romeo = await scene.connect('romeo@example.com/orchard')
    const answer = await romeo.request(request)
    expect(answer.elements()[0]?.elements().map(String)).toEqual([
      "<name xmlns='jabber:iq:version'>Parlour</name>",
      "<version xmlns='jabber:iq:version'>1.2.3</version>",
    ])
  })

  test('§5: "MUST provide a way for … [an] administrator to disable sharing": the configuration says what is shared', async () => {
    const scene = await open({ name: 'Server', version: '?', os: 'BeOS' })
    const romeo = await scene.connect('romeo@example.com/orchard')
    const answer = await romeo.request(request)
    expect(readVersion(answer.elements()[0] ?? answer)).toEqual({ name: 'Server', version: '?', os: 'BeOS' })
  })
})
