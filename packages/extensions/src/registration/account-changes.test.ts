import { describe, expect, test } from 'vitest'
import { condition, exists, open, Stranger, set } from './registration.fixture.ts'
import { credentialsElement, removalElement } from './wire.ts'

describe('who is signed in', () => {
  async function bill(settings = {}) {
    const scene = await open({ enabled: true, ...settings })
    await new Stranger(scene).request(set(credentialsElement('bill', 'Calliope1')))
    await new Stranger(scene).request(set(credentialsElement('juliet', 'Calliope1')))
    return { scene, client: await scene.connect('bill@example.com/globe') }
  }
  const change = (username: string, password: string, to = " to='example.com'") =>
    `<iq type='set' id='1'${to}>${credentialsElement(username, password)}</iq>`

  test('§3.1: "MUST contain an empty <registered/> element"', async () => {
    const { client } = await bill()
    const answer = await client.request(
      "<iq type='get' id='1' to='example.com'><query xmlns='jabber:iq:register'/></iq>",
    )
    const query = answer.elements()[0] ?? answer
    expect(query.child('registered')?.children).toEqual([])
    expect(query.childText('username')).toBe('bill')
    expect(query.childText('password')).toBe('')
  })

  test.each([
    ['to the server', " to='example.com'"],
    ['without address', ''],
    ['to the own account', " to='bill@example.com'"],
  ])('§3.3: changes the password, %s', async (_, to) => {
    const { scene, client } = await bill()
    const before = await scene.kernel.accounts.find(scene.accountJid('bill'))
    expect((await client.request(change('bill', 'Urania-12', to))).attribute('type')).toBe('result')
    const after = await scene.kernel.accounts.find(scene.accountJid('bill'))
    expect(after?.credentials('SHA-1')).not.toEqual(before?.credentials('SHA-1'))
  })

  test('§3.3: with an empty password the server "MUST NOT change the password to a null value, but instead MUST maintain the existing password"', async () => {
    const { scene, client } = await bill()
    const before = await scene.kernel.accounts.find(scene.accountJid('bill'))
    expect(condition(await client.request(change('bill', '')))).toBe('bad-request')
    expect((await scene.kernel.accounts.find(scene.accountJid('bill')))?.credentials('SHA-1')).toEqual(
      before?.credentials('SHA-1'),
    )
  })

  test("only the stream's own account: somebody else's username, somebody else's address", async () => {
    const { scene, client } = await bill()
    const verifier = async () => (await scene.kernel.accounts.find(scene.accountJid('juliet')))?.credentials('SHA-1')
    const before = await verifier()
    expect(condition(await client.request(change('juliet', 'Urania-12')))).toBe('not-allowed')
    expect(condition(await client.request(change('juliet', 'Urania-12', " to='juliet@example.com'")))).toBe(
      'service-unavailable',
    )
    expect(
      condition(await client.request(`<iq type='set' id='1' to='juliet@example.com'>${removalElement()}</iq>`)),
    ).toBe('service-unavailable')
    expect(await verifier()).toEqual(before)
  })

  test('§3.3: <not-authorized/> where the channel is not safe enough, <not-allowed/> where it is not configured, and the request is not sent back', async () => {
    const { client } = await bill({ passwordChange: false, removal: false })
    expect(condition(await client.request(change('bill', 'Urania-12')))).toBe('not-allowed')
    expect(condition(await client.request(`<iq type='set' id='1'>${removalElement()}</iq>`))).toBe('not-allowed')
    const { client: plain } = await bill()
    plain.stream.secure = false
    const answer = await plain.request(change('bill', 'Urania-12'))
    expect(condition(answer)).toBe('not-authorized')
    expect(answer.toString()).not.toContain('Urania')
  })

  test('§3.2: <bad-request/> when "the <remove/> element was not the only child element"', async () => {
    const { client } = await bill()
    const answer = await client.request(
      "<iq type='set' id='1'><query xmlns='jabber:iq:register'><remove/><username>bill</username></query></iq>",
    )
    expect(condition(answer)).toBe('bad-request')
  })

  test('§3.2: removes the account: the result, then <not-authorized/> and the end of all its sessions', async () => {
    const { scene, client } = await bill()
    const other = await scene.connect('bill@example.com/other')
    const answer = await client.request(`<iq type='set' id='1'>${removalElement()}</iq>`)
    expect(answer.attribute('type')).toBe('result')
    scene.environment.advance(1)
    expect([client.isClosed, other.isClosed]).toEqual([true, true])
    expect(client.closedWith?.condition).toBe('not-authorized')
    expect(await exists(scene, 'bill')).toBe(false)
    expect(await exists(scene, 'juliet')).toBe(true)
  })

  test('§10: reports support by service discovery', async () => {
    const { client } = await bill()
    const info = await client.request(
      "<iq type='get' id='1' to='example.com'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    )
    expect(info.toString()).toContain("var='jabber:iq:register'")
  })
})
