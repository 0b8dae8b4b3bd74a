import { parseJid } from '@parlour/jid'
import { parseXml } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import { describe, expect, test } from 'vitest'
import { Guest } from '../kernel.fixture.ts'
import { chat, JULIET, openManaged, ROMEO, SM } from './stream-management.fixture.ts'

async function scene(options: Parameters<typeof openManaged>[0] = {}) {
  const opened = await openManaged(options)
  const romeo = await opened.connect(ROMEO)
  const juliet = await opened.connect(JULIET)
  return { scene: opened, romeo, juliet }
}

describe('XEP-0198 §3: enabling', () => {
  test('the answer says whether, how long and by what id the stream can be resumed', async () => {
    const { juliet, romeo } = await scene()
    const enabled = await juliet.enable("resume='1' max='60'")
    expect(enabled.attributes).toEqual({ id: expect.stringMatching(/^[0-9a-f]{64}$/), resume: 'true', max: '60' })
    expect((await romeo.enable('')).attributes).toEqual({})
  })

  test('"the server\'s preferred maximum resumption time" where the client wants more', async () => {
    const { juliet } = await scene({ streamManagement: { resumptionTime: 300_000 } })
    expect((await juliet.enable("resume='true' max='86400'")).attribute('max')).toBe('300')
  })

  test('"If a server receives a second <enable/> element it SHOULD respond with a stream error"', async () => {
    const { juliet } = await scene()
    await juliet.enable()
    const [failed] = await juliet.nonza("<enable resume='true'/>")
    expect(failed).toContain('<unexpected-request ')
    expect((juliet.guest.end as StreamError).condition).toBe('policy-violation')
  })

  test('§13: what is malformed is a bad request, and the stream goes on', async () => {
    const { juliet } = await scene()
    expect((await juliet.nonza("<enable resume='perhaps'/>"))[0]).toContain('<bad-request ')
    expect((await juliet.enable()).name).toBe('enabled')
  })

  test('"MUST NOT" be enabled before a resource is bound', async () => {
    const { scene: opened } = await scene()
    const account = parseJid('juliet@example.com')
    const guest = new Guest()
    const host = opened.stand.kernel.host('example.com')
    expect(await host?.negotiate?.(account, parseXml(`<enable ${SM} resume='true'/>`), guest)).toBeUndefined()
    expect(guest.look()).toEqual([expect.stringContaining('<unexpected-request ')])
  })

  test('a client that acknowledges nothing is ended when that is too long, but one stanza always fits', async () => {
    const { scene: opened, romeo, juliet } = await scene({ streamManagement: { maxUnacknowledgedLength: 500 } })
    await juliet.enable()
    const long = chat('1').replace('<body>1', `<body>${'x'.repeat(1000)}`)
    await romeo.say(long)
    await opened.pass(1000)
    expect([juliet.hear()[0], juliet.guest.end]).toEqual(['message 1', undefined])
    await juliet.nonza("<a h='1'/>")
    await romeo.say(chat('2'))
    expect(juliet.guest.end).toBeUndefined()
    await romeo.say(long)
    expect(juliet.guest.end).toMatchObject({ condition: 'resource-constraint' })
  })

  test('§5: "MUST NOT" resume what is bound already', async () => {
    const { juliet } = await scene()
    expect((await juliet.nonza("<resume previd='x' h='0'/>"))[0]).toContain('<unexpected-request ')
  })
})

describe('XEP-0198 §4: acknowledgements', () => {
  test('h counts what was handled since <enable/>: stanzas, and nothing else', async () => {
    const { juliet } = await scene()
    await juliet.enable()
    expect(await juliet.nonza('<r/>')).toEqual([`<a ${SM} h='0'/>`])
    await juliet.say(chat('1', ROMEO))
    await juliet.say(`<iq type='get' id='q' to='example.com'><q xmlns='urn:example:q'/></iq>`)
    await juliet.say('<presence><show>away</show></presence>')
    juliet.hear()
    expect(await juliet.nonza('<r/>')).toEqual([`<a ${SM} h='3'/>`])
  })

  test('a stanza that cannot be read is handled by its error', async () => {
    const { juliet } = await scene()
    await juliet.enable()
    expect((await juliet.say("<message to='a@b@c' id='1'/>")).join()).toContain('<jid-malformed ')
    expect(await juliet.nonza('<r/>')).toEqual([`<a ${SM} h='1'/>`])
  })

  test('an acknowledgement is asked for after five stanzas, or a second of silence', async () => {
    const { scene: opened, romeo, juliet } = await scene()
    await juliet.enable()
    for (let n = 1; n <= 6; n++) await romeo.say(chat(String(n)))
    expect(juliet.hear()).toEqual(['1', '2', '3', '4', '5'].map((n) => `message ${n}`).concat('r', 'message 6'))
    await juliet.nonza("<a h='5'/>")
    await romeo.say(chat('7'))
    await opened.pass(1000)
    expect(juliet.hear()).toEqual(['message 7', `<r ${SM}/>`])
  })

  test('§6: "handled a number of stanzas that is higher than the amount of stanzas that it was sent"', async () => {
    const { juliet } = await scene()
    await juliet.enable()
    await juliet.nonza("<a h='10'/>")
    const error = juliet.guest.end as StreamError
    expect([error.condition, error.application?.name]).toEqual(['undefined-condition', 'handled-count-too-high'])
  })

  test('what was handled is told before the stream ends', async () => {
    const { juliet } = await scene()
    await juliet.enable()
    await juliet.say(chat('1', ROMEO))
    await juliet.session.ending()
    expect(juliet.guest.look()).toEqual([`<a ${SM} h='1'/>`])
  })
})

describe('XEP-0198 §5: resumption', () => {
  test('both sides go on where the other one stood', async () => {
    const { romeo, juliet } = await scene()
    await juliet.enable()
    await romeo.say(chat('1'))
    await romeo.say(chat('2'))
    await juliet.say(chat('a', ROMEO))
    await juliet.cut()
    await romeo.say(chat('3'))
    const resumed = await juliet.resume(1)
    expect(resumed).toBe(`<resumed ${SM} h='1' previd='${juliet.id}'/>`)
    expect(juliet.hear()).toEqual(['message 2', 'message 3', `<r ${SM}/>`])
    await juliet.say(chat('b', ROMEO))
    expect(await juliet.nonza('<r/>')).toEqual([`<a ${SM} h='2'/>`])
  })

  test('"presence … will have been retained by the server": contacts see nothing of it, and messages find the session', async () => {
    const { romeo, juliet } = await scene()
    await romeo.say(`<presence to='${JULIET}'/>`)
    await juliet.say(`<presence to='${ROMEO}'/>`)
    await juliet.enable()
    romeo.hear()
    await juliet.cut()
    expect(juliet.session.available).toBe(true)
    await romeo.say(chat('1', 'juliet@example.com'))
    expect(romeo.hear()).toEqual([])
    await juliet.resume(0)
    expect([romeo.hear(), juliet.hear()]).toEqual([[], ['message 1', `<r ${SM}/>`]])
  })

  test('"the server SHOULD send a \'conflict\' stream error and close that stream" which still has the session', async () => {
    const { romeo, juliet } = await scene()
    await juliet.enable()
    const former = juliet.guest
    await juliet.resume(0)
    expect((former.end as StreamError).condition).toBe('conflict')
    former.session.closed('error', former)
    await romeo.say(chat('1'))
    expect([former.look(), juliet.hear()]).toEqual([[], ['message 1']])
  })

  test.each([
    ['a wrong secret', (id: string) => `${id.slice(0, 63)}${id.endsWith('0') ? '1' : '0'}`],
    ['an id that never was', () => 'x'],
  ])('"If the server does not recognize the \'previd\'": %s', async (_, change) => {
    const { juliet } = await scene()
    await juliet.enable()
    await juliet.cut()
    expect(await juliet.resume(0, change(juliet.id))).toContain('<item-not-found ')
    expect(await juliet.resume(0)).toContain('<resumed ')
  })

  test('§10: a session is resumed by its own account only', async () => {
    const { juliet } = await scene()
    await juliet.enable()
    await juliet.cut()
    expect(await juliet.resume(0, juliet.id, 'romeo@example.net')).toContain('<item-not-found ')
  })

  test('§10: nor does anybody else hear what was handled of it when it is over', async () => {
    const { juliet } = await scene()
    await juliet.enable()
    await juliet.say(chat('1', ROMEO))
    juliet.session.closed('closed', juliet.guest)
    expect(await juliet.resume(0, juliet.id, 'romeo@example.net')).not.toContain(' h=')
    expect(await juliet.resume(0)).toContain(" h='1'>")
  })

  test('one that was not to be resumed ends with its connection', async () => {
    const { scene: opened, juliet } = await scene()
    await juliet.enable('')
    await juliet.cut()
    expect(opened.stand.kernel.directory.sessions('juliet@example.com')).toEqual([])
  })

  test('§7: "A cleanly closed stream" ends the session', async () => {
    const { scene: opened, juliet } = await scene()
    await juliet.enable()
    juliet.session.closed('closed', juliet.guest)
    expect(opened.stand.kernel.directory.sessions('juliet@example.com')).toEqual([])
    expect(await juliet.resume(0)).toContain('<item-not-found ')
  })

  test('"MAY also include a \'h\' attribute": of a session whose time was over', async () => {
    const { scene: opened, juliet } = await scene()
    await juliet.enable("resume='true' max='60'")
    await juliet.say(chat('1', ROMEO))
    await juliet.cut()
    await opened.pass(59_000)
    expect(opened.stand.kernel.streamManagement.counts).toMatchObject({ sessions: 1, detached: 1 })
    await opened.pass(2_000)
    expect(await juliet.resume(0)).toBe(
      `<failed ${SM} h='1'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>`,
    )
    expect(opened.stand.kernel.streamManagement.counts).toMatchObject({ sessions: 0, detached: 0, expired: 1 })
  })

  test('a stanza that is being handled when the session is resumed is counted before the answer', async () => {
    const { scene: opened, juliet } = await scene()
    await juliet.enable()
    let finish = () => {}
    const { storage } = opened
    const { commit } = storage
    storage.commit = async (writes) => {
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return commit.call(storage, writes)
    }
    opened.stand.kernel.router.host('example.net')?.hooks.add('archive', 'test', (event) => {
      event.store([{ type: 'put', store: 'x', owner: 'romeo@example.net', key: '', value: 1 }])
      return undefined
    })
    await juliet.say(chat('1', ROMEO))
    storage.commit = commit
    const resuming = juliet.resume(0)
    await Promise.resolve()
    finish()
    expect(await resuming).toContain("h='1'")
  })

  test('who acknowledges more than was sent is refused, and may try again', async () => {
    const { juliet } = await scene()
    await juliet.enable()
    await juliet.cut()
    await expect(juliet.resume(7)).rejects.toThrow(StreamError)
    expect(await juliet.resume(0)).toContain('<resumed ')
  })

  test('RFC 6120 §7.7.2.2: whoever binds its resource ends it', async () => {
    const { scene: opened, juliet } = await scene()
    await juliet.enable()
    await juliet.cut()
    await opened.connect(JULIET)
    expect(await juliet.resume(0)).toContain('<item-not-found ')
  })

  test('RFC 6120 §7.6.2.1: those that wait make room before a new session is refused', async () => {
    const { scene: opened, juliet } = await scene({ maxSessionsPerAccount: 2 })
    await juliet.enable()
    const other = await opened.connect('juliet@example.com/other')
    await other.enable()
    await juliet.cut()
    await opened.pass(1)
    await other.cut()
    await opened.connect('juliet@example.com/third')
    expect(await juliet.resume(0)).toContain('<item-not-found ')
    expect(await other.resume(0)).toContain('<resumed ')
  })
})
