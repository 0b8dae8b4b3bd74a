import { StanzaError } from '@parlour/stanza'
import { describe, expect, test } from 'vitest'
import { chat, type Device, JULIET, ROMEO, Scene } from '../scene.fixture.ts'

const NURSE = 'nurse@example.net'

async function change(device: Device, preference: string, lists: { always?: string[]; never?: string[] } = {}) {
  const list = (name: 'always' | 'never') =>
    `<${name}>${(lists[name] ?? []).map((jid) => `<jid>${jid}</jid>`).join('')}</${name}>`
  return (
    await device.ask(
      `<iq type='set' id='p'><prefs xmlns='urn:xmpp:mam:2' default='${preference}'>${list('always')}${list('never')}</prefs></iq>`,
    )
  ).answer
}

async function bodiesAfter(device: Device, ...receivers: string[]): Promise<string[]> {
  for (const to of receivers) await device.send(chat(to, to))
  return (await device.query()).bodies
}

describe('XEP-0441 §2', () => {
  test('§2.1: preferences there and back; both lists are present even if empty', async () => {
    const { romeo } = await (await Scene.open()).both()
    const { answer } = await romeo.ask(`<iq type='get' id='p'><prefs xmlns='urn:xmpp:mam:2'/></iq>`)
    expect(answer.child()?.toString()).toBe(`<prefs xmlns='urn:xmpp:mam:2' default='always'><always/><never/></prefs>`)
    const applied = await change(romeo, 'roster', { always: [JULIET], never: [NURSE, `${JULIET}/balcony`] })
    const { answer: read } = await romeo.ask(`<iq type='get' id='p'><prefs xmlns='urn:xmpp:mam:2'/></iq>`)
    for (const each of [applied, read])
      expect(each.child()?.toString()).toBe(
        `<prefs xmlns='urn:xmpp:mam:2' default='roster'><always><jid>${JULIET}</jid></always>` +
          `<never><jid>${NURSE}</jid><jid>${JULIET}/balcony</jid></never></prefs>`,
      )
  })

  test('§2.1.1: never', async () => {
    const { romeo, juliet } = await (await Scene.open()).both()
    await change(romeo, 'never', { always: [NURSE] })
    expect(await bodiesAfter(romeo, JULIET, NURSE)).toEqual([NURSE])
    expect((await juliet.query()).bodies).toEqual([JULIET])
  })

  test('§2.1.1: roster: "only if the contact’s bare JID is in the user’s roster"', async () => {
    const { romeo } = await (await Scene.open()).both()
    await romeo.ask(`<iq type='set' id='r'><query xmlns='jabber:iq:roster'><item jid='${NURSE}'/></query></iq>`)
    await change(romeo, 'roster')
    expect(await bodiesAfter(romeo, JULIET, `${NURSE}/kitchen`)).toEqual([`${NURSE}/kitchen`])
  })

  test('§2.3.1: a listed full address is compared as it is, a bare one with all of its resources', async () => {
    const { romeo } = await (await Scene.open()).both()
    await change(romeo, 'always', { never: [`${NURSE}/kitchen`, JULIET] })
    expect(await bodiesAfter(romeo, NURSE, `${NURSE}/kitchen`, `${NURSE}/garden`, `${JULIET}/balcony`)).toEqual([
      NURSE,
      `${NURSE}/garden`,
    ])
  })

  test('§2.3.3: for incoming messages the address is who sent it; what is not archived gets no id', async () => {
    const { romeo, juliet } = await (await Scene.open()).both()
    await change(juliet, 'always', { never: [ROMEO] })
    juliet.take()
    await romeo.send(chat(JULIET, 'x'))
    expect(juliet.take().map((each) => each.child('stanza-id', 'urn:xmpp:sid:0'))).toEqual([undefined])
    expect((await juliet.query()).bodies).toEqual([])
  })

  test('the default of the server', async () => {
    const { romeo, juliet } = await (await Scene.open({ default: 'never' })).both()
    expect(await bodiesAfter(romeo, JULIET)).toEqual([])
    await change(romeo, 'always')
    expect(await bodiesAfter(romeo, JULIET)).toEqual([JULIET])
    expect((await juliet.query()).bodies).toEqual([])
  })

  test('they outlive the server', async () => {
    const scene = await Scene.open()
    const { romeo } = await scene.both()
    await change(romeo, 'never')
    const again = await (await Scene.open({}, scene.storage)).online(`${ROMEO}/garden`)
    expect(await bodiesAfter(again, JULIET)).toEqual([])
  })

  test.each([
    ["default='sometimes'", '', 'bad-request'],
    ['', '', 'bad-request'],
    ["default='always'", '<never><jid>@</jid></never>', 'jid-malformed'],
    [
      "default='always'",
      `<never>${Array.from({ length: 1001 }, (_, n) => `<jid>n${n}@example.net</jid>`).join('')}</never>`,
      'resource-constraint',
    ],
  ])('%s is refused', async (attributes, content, condition) => {
    const { romeo } = await (await Scene.open()).both()
    const { answer } = await romeo.ask(
      `<iq type='set' id='p'><prefs xmlns='urn:xmpp:mam:2' ${attributes}>${content}</prefs></iq>`,
    )
    expect(StanzaError.fromElement(answer).condition).toBe(condition)
    expect(await bodiesAfter(romeo, JULIET)).toEqual([JULIET])
  })
})
