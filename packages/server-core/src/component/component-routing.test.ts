import { describe, expect, test } from 'vitest'
import { settled } from '../presence/scene.fixture.ts'
import { ECHO, ERROR, PLAYS, Scene } from './component.fixture.ts'

describe('XEP-0114 §3: "MUST possess a from attribute and a to attribute"', () => {
  test.each([
    [
      "the domain of from 'MUST match the hostname of the component'",
      "from='juliet@example.com' to='romeo@example.net'",
      'invalid-from',
    ],
    ['a subdomain is another one', "from='a@b.echo.example.com' to='romeo@example.net'", 'invalid-from'],
    ['another component', "from='plays.shakespeare.lit' to='romeo@example.net'", 'invalid-from'],
    ['no address at all', "from='@@' to='romeo@example.net'", 'invalid-from'],
    ['no from', "to='romeo@example.net'", 'improper-addressing'],
    ['no to', "from='echo.example.com'", 'improper-addressing'],
  ])('%s: %s', async (_, addresses, condition) => {
    const scene = await Scene.open()
    const romeo = await scene.stand.connect('romeo@example.net/orchard')
    const echo = await scene.connect(ECHO)
    echo.send(
      `<message ${addresses}><body>I am she</body></message><message from='echo.example.com' to='romeo@example.net'/>`,
    )
    await echo.expect(ERROR(condition, '*'))
    scene.environment.advance(5000)
    await echo.expectClosed()
    await settled()
    expect(romeo.look()).toEqual([])
  })

  test('what is no stanza ends the stream; stanzas of jabber:client are none here', async () => {
    const scene = await Scene.open()
    for (const said of ['<log/>', "<message xmlns='jabber:client' from='echo.example.com' to='romeo@example.net'/>"]) {
      const echo = await scene.connect(ECHO)
      echo.send(said)
      await echo.expect(ERROR('unsupported-stanza-type'))
      scene.environment.advance(5000)
      await echo.expectClosed()
      await settled()
    }
  })

  test('a malformed to is answered', async () => {
    const scene = await Scene.open()
    const echo = await scene.connect(ECHO)
    echo.send("<iq type='get' id='1' from='echo.example.com' to='a@@b'><ping xmlns='urn:xmpp:ping'/></iq>")
    await echo.expect(
      "<iq to='echo.example.com' id='1' type='error'><error type='modify'><jid-malformed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>*</error></iq>".replace(
        '*',
        "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>*</text>",
      ),
    )
  })
})

describe('routing', () => {
  test('requests of a component are answered to the very address that asked, also errors', async () => {
    const scene = await Scene.open()
    const echo = await scene.connect(ECHO)
    echo.send("<iq type='get' id='1' from='u@echo.example.com/r' to='example.com'><query xmlns='jabber:iq:none'/></iq>")
    await echo.expect(
      "<iq from='example.com' to='u@echo.example.com/r' id='1' type='error'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
    )
    echo.send("<message id='2' from='u@echo.example.com' to='nobody@example.com'><body/></message>")
    await echo.expect(
      "<message from='nobody@example.com' to='u@echo.example.com' id='2' type='error'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
    )
  })

  test('components reach each other', async () => {
    const scene = await Scene.open()
    const [echo, plays] = [await scene.connect(ECHO), await scene.connect(PLAYS)]
    echo.send("<iq type='get' id='1' from='a@echo.example.com' to='plays.shakespeare.lit'><x xmlns='urn:x'/></iq>")
    await plays.expect(
      "<iq type='get' id='1' from='a@echo.example.com' to='plays.shakespeare.lit'><x xmlns='urn:x'/></iq>",
    )
    plays.send("<iq type='result' id='1' to='a@echo.example.com' from='plays.shakespeare.lit'/>")
    await echo.expect("<iq type='result' id='1' to='a@echo.example.com' from='plays.shakespeare.lit'/>")
  })

  test('subscription and presence go both ways', async () => {
    const scene = await Scene.open()
    const juliet = await scene.stand.connect('juliet@example.com/balcony')
    await juliet.say('<presence/>')
    juliet.look()
    const echo = await scene.connect(ECHO)
    await juliet.say("<presence type='subscribe' to='bot@echo.example.com'/>")
    await echo.expect("<presence type='subscribe' to='bot@echo.example.com' from='juliet@example.com'/>")
    echo.send("<presence type='subscribed' from='bot@echo.example.com' to='juliet@example.com'/>")
    echo.send("<presence from='bot@echo.example.com/at' to='juliet@example.com'><show>chat</show></presence>")
    await settled()
    expect(juliet.look().at(-1)).toContain('<show>chat</show>')
    echo.send("<presence type='subscribe' from='bot@echo.example.com' to='juliet@example.com'/>")
    await settled()
    await juliet.say("<presence type='subscribed' to='bot@echo.example.com'/>")
    await echo.expectUntil("<presence type='subscribed' to='bot@echo.example.com' from='juliet@example.com'/>")
    await echo.expectUntil("<presence to='bot@echo.example.com' from='juliet@example.com/balcony'/>")
    await juliet.say("<presence type='unavailable'/>")
    await echo.expectUntil("<presence type='unavailable' to='bot@echo.example.com' from='juliet@example.com/balcony'/>")
  })

  test('a component that is not connected: <service-unavailable/> of type wait, with the reason', async () => {
    const scene = await Scene.open()
    const juliet = await scene.stand.connect('juliet@example.com/balcony')
    const error = (await juliet.say("<message to='a@echo.example.com' id='m'><body/></message>"))[0]
    expect(error).toBe(
      "<message from='a@echo.example.com' to='juliet@example.com/balcony' id='m' type='error'><error type='wait'>" +
        "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>" +
        'the component echo.example.com is not connected</text></error></message>',
    )
    expect(await juliet.say("<message to='a@echo.example.com' type='error'/>")).toEqual([])
    expect(await juliet.say("<presence to='a@echo.example.com' type='unavailable'/>")).toEqual([])
  })

  test('a connected component is an item of its parent domain, or of the host that is named (XEP-0030 §4.1)', async () => {
    const scene = await Scene.open([
      { ...ECHO, name: 'Echo' },
      { ...PLAYS, listedBy: 'example.net' },
    ])
    const items = (host: string) => scene.stand.kernel.router.host(host)?.discovery.items()
    expect(items('example.com')).toEqual([])
    const echo = await scene.connect(ECHO)
    await scene.connect(PLAYS)
    expect(items('example.com')).toEqual([{ jid: 'echo.example.com', name: 'Echo' }])
    expect(items('example.net')).toEqual([{ jid: 'plays.shakespeare.lit' }])
    echo.end()
    await settled()
    expect(items('example.com')).toEqual([])
    expect(scene.log.at(-1)).toMatchObject({ message: 'a component is no longer connected', reason: 'lost' })
  })
})
