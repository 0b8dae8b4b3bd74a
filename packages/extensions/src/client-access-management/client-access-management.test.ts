import { createMemoryStorage, type Json } from '@parlour/storage'
import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { discoServer } from '../disco/server.ts'
import { Scene } from '../scene.fixture.ts'
import { clientAccessManagementClient } from './client.ts'
import { clientAccessManagementServer } from './server.ts'
import { clientsElement, listClientsElement, readClients, revokeElement } from './wire.ts'

const CAM = "xmlns='urn:xmpp:cam:0'"
/** XEP-0494 §3.1, example 2. */
const CLIENTS = `<clients ${CAM}>
    <client connected="true" id="zeiP41HLglIu" type="session">
      <first-seen>2023-04-06T14:26:08Z</first-seen>
      <last-seen>2023-04-06T14:37:25Z</last-seen>
      <auth><password/></auth>
      <permission status="unrestricted"/>
      <user-agent>
        <software>Gajim</software><uri>https://gajim.org/</uri><device>Juliet's laptop</device>
      </user-agent>
    </client>
    <client connected="false" id="HjEEr45_LQr" type="access">
      <first-seen>2023-03-27T15:16:09Z</first-seen>
      <last-seen>2023-03-27T15:37:24Z</last-seen>
      <auth><grant/></auth>
      <permission status="normal"/>
      <user-agent><software>REST client</software></user-agent>
    </client>
  </clients>`

describe('on the wire', () => {
  test('XEP-0494 §3.1, example 2: the list, read and written', () => {
    const read = readClients(parseXml(CLIENTS))
    expect(read).toEqual([
      {
        ...{ id: 'zeiP41HLglIu', isConnected: true, type: 'session' },
        ...{ firstSeen: Date.UTC(2023, 3, 6, 14, 26, 8), lastSeen: Date.UTC(2023, 3, 6, 14, 37, 25) },
        ...{ ways: ['password'], permission: 'unrestricted' },
        ...{ software: 'Gajim', uri: 'https://gajim.org/', device: "Juliet's laptop" },
      },
      {
        ...{ id: 'HjEEr45_LQr', isConnected: false, type: 'access' },
        ...{ firstSeen: Date.UTC(2023, 2, 27, 15, 16, 9), lastSeen: Date.UTC(2023, 2, 27, 15, 37, 24) },
        ...{ ways: ['grant'], permission: 'normal', software: 'REST client', uri: undefined, device: undefined },
      },
    ])
    expect(readClients(clientsElement(read))).toEqual(read)
  })

  test('"The <auth/> element MUST be included", and so must the permission', () => {
    const client = { id: 'a', isConnected: false, type: 'session', ways: [], permission: 'unrestricted' } as const
    expect(clientsElement([client]).toString()).toBe(
      `<clients ${CAM}><client connected='false' id='a' type='session'><auth/><permission status='unrestricted'/></client></clients>`,
    )
  })

  test('a client without an id is left out; of another, what cannot be read', () => {
    const list = `<clients ${CAM}><client type='session'/><client id='a' connected='1'><last-seen>yesterday</last-seen></client></clients>`
    expect(readClients(parseXml(list))).toEqual([
      {
        ...{ id: 'a', isConnected: true, type: 'session', firstSeen: undefined, lastSeen: undefined, ways: [] },
        ...{ permission: 'restricted', software: undefined, uri: undefined, device: undefined },
      },
    ])
  })

  test('the requests of examples 1 and 3', () => {
    expect(listClientsElement().toString()).toBe(`<list ${CAM}/>`)
    expect(revokeElement('HjEEr45_LQr').toString()).toBe(`<revoke ${CAM} id='HjEEr45_LQr'/>`)
  })
})

describe('an account and its devices', () => {
  const JULIET = 'juliet@example.com'
  const [FIRST, LAST] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2)]
  const PHONE = { software: 'AwesomeXMPP', device: 'Phone', first: FIRST, last: LAST, methods: ['password', 'token'] }
  const WATCH = { device: 'Watch', first: FIRST, last: FIRST, methods: ['token'] }

  async function open(devices: Readonly<Record<string, Json>> = { phone: PHONE, watch: WATCH }) {
    const storage = createMemoryStorage()
    const token = {
      mechanism: 'HT-SHA-256-EXPR',
      issued: 0,
      expires: Number.MAX_SAFE_INTEGER,
      check: { nonce: 'AA==' },
    }
    for (const [key, value] of Object.entries(devices))
      await storage.commit([
        { type: 'put', store: 'devices', owner: JULIET, key, value },
        { type: 'put', store: 'device-tokens', owner: JULIET, key, value: { current: token } },
      ])
    const accounts = [JULIET, 'romeo@example.com']
    return Scene.open([discoServer, clientAccessManagementServer], { accounts, storage })
  }

  test('XEP-0494 §3.1: the list, of those that came last first', async () => {
    const scene = await open()
    await using juliet = await scene.client(`${JULIET}/balcony`)
    const now = scene.environment.now()
    expect(await juliet.use(clientAccessManagementClient).list()).toEqual([
      {
        ...{ id: 'phone', isConnected: false, type: 'session', firstSeen: FIRST, lastSeen: LAST },
        ...{ ways: ['password', 'fast'], permission: 'unrestricted' },
        ...{ software: 'AwesomeXMPP', uri: undefined, device: 'Phone' },
      },
      {
        ...{ id: 'watch', isConnected: false, type: 'session', firstSeen: FIRST, lastSeen: FIRST },
        ...{ ways: ['fast'], permission: 'unrestricted', software: undefined, uri: undefined, device: 'Watch' },
      },
      // It has not named itself: it is known while it is there.
      {
        ...{ id: 'session:balcony', isConnected: true, type: 'session', firstSeen: now, lastSeen: now },
        ...{ ways: ['password'], permission: 'unrestricted', software: undefined, uri: undefined, device: 'balcony' },
      },
    ])
  })

  test('§3.2: "an empty result if the revocation succeeds", and then it is not listed', async () => {
    await using juliet = await (await open()).client(`${JULIET}/balcony`)
    const access = juliet.use(clientAccessManagementClient)
    expect(await access.revoke('watch')).toBe('revoked')
    expect((await access.list()).map(({ id }) => id)).toEqual(['phone', 'session:balcony'])
    await expect(access.revoke('watch')).rejects.toMatchObject({ condition: 'item-not-found' })
  })

  test("§3.2: 'password-reset-required' for who knows the password; with another one it has no access", async () => {
    const scene = await open()
    await using juliet = await scene.client(`${JULIET}/balcony`)
    const access = juliet.use(clientAccessManagementClient)
    expect(await access.revoke('phone')).toBe('password-reset-required')
    expect((await access.list())[0]).toMatchObject({ id: 'phone', ways: ['password'] })
    await scene.kernel.accounts.setPassword(juliet.jid.bare, 'another')
    expect((await access.list()).map(({ id }) => id)).toEqual(['session:balcony'])
  })

  test('a session that has not named itself is ended; its program knows the password', async () => {
    const scene = await open({})
    await using juliet = await scene.client(`${JULIET}/balcony`)
    const old = await scene.online(`${JULIET}/old`)
    expect(await juliet.use(clientAccessManagementClient).revoke('session:old')).toBe('password-reset-required')
    expect(old.closedWith?.condition).toBe('not-authorized')
    expect((await juliet.use(clientAccessManagementClient).list()).map(({ id }) => id)).toEqual(['session:balcony'])
  })

  test('the error of example 5; without an id it is bad-request', async () => {
    const juliet = await (await open()).connect(`${JULIET}/balcony`)
    const error = await juliet.request(`<iq type='set' id='1'><revoke ${CAM} id='phone'/></iq>`)
    expect(error.child('error')?.attribute('type')).toBe('cancel')
    expect(error.child('error')?.children.map((child) => (child as { name?: string }).name)).toEqual(
      expect.arrayContaining(['service-unavailable', 'password-reset-required']),
    )
    const bad = await juliet.request(`<iq type='set' id='2'><revoke ${CAM}/></iq>`)
    expect(bad.toString()).toContain('bad-request')
  })

  test('§5: "protected from unauthorized access by third parties"', async () => {
    const scene = await open()
    const romeo = await scene.connect('romeo@example.com/orchard')
    for (const [id, type, name] of [
      ['1', 'get', 'list'],
      ['2', 'set', 'revoke'],
    ]) {
      const answer = await romeo.request(
        `<iq type='${type}' id='${id}' to='${JULIET}'><${name} ${CAM} id='watch'/></iq>`,
      )
      expect(answer.child('error')?.child('service-unavailable', 'urn:ietf:params:xml:ns:xmpp-stanzas')).toBeDefined()
      expect(answer.toString()).not.toContain('Watch')
    }
    await using juliet = await scene.client(`${JULIET}/balcony`)
    expect(await juliet.use(clientAccessManagementClient).list()).toHaveLength(3)
  })

  test('the account tells its own sessions of the feature', async () => {
    const juliet = await (await open()).connect(`${JULIET}/balcony`)
    const info = await juliet.request(
      `<iq type='get' id='1' to='${JULIET}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
    )
    expect(info.toString()).toContain("var='urn:xmpp:cam:0'")
  })
})
