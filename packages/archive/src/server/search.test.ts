import { StanzaError } from '@parlour/stanza'
import { describe, expect, test } from 'vitest'
import { chat, form, JULIET, ROMEO, Scene, set } from '../scene.fixture.ts'

const FIELD = '{urn:xmpp:fulltext:0}fulltext'

describe('XEP-0431', () => {
  test('§3.1: the words of bodies and subjects, with the other fields, a page at a time', async () => {
    const { romeo, juliet } = await (await Scene.open()).both()
    await romeo.send(chat(JULIET, 'Wherefore art thou'))
    await romeo.send(`<message to='${JULIET}'><subject>Wherefore?</subject><body>second</body></message>`)
    await romeo.send(chat('nurse@example.net', 'wherefore, third'))
    await juliet.send(chat(ROMEO, 'no such word'))
    const search = async (text: string, more: Record<string, string> = {}, paging = '') =>
      (await romeo.query(form({ [FIELD]: text, ...more }) + paging)).bodies
    expect(await search('WHEREFORE')).toEqual(['Wherefore art thou', 'second', 'wherefore, third'])
    expect(await search('wherefore', { with: JULIET })).toEqual(['Wherefore art thou', 'second'])
    expect(await search('wherefore', {}, set('<max>1</max><before/>'))).toEqual(['wherefore, third'])
    expect(await search('thou art')).toEqual(['Wherefore art thou'])
    expect(await search('xmlns')).toEqual([])
    expect((await search(' ')).length).toBe(4)
  })

  test('§3: "a reasonable full-text search": also within sentences of scripts that put no spaces between words', async () => {
    const { romeo } = await (await Scene.open()).both()
    const said = [
      '今日は天気がいいですね',
      '明日も天気予報',
      'コーヒーを飲む',
      '我喜欢吃苹果',
      'กินข้าวหรือยัง',
      'mixed 東京tower',
      '東京',
    ]
    for (const text of said) await romeo.send(chat(JULIET, text))
    const search = async (text: string) =>
      (await romeo.query(form({ [FIELD]: text }))).bodies.map((body) => said.indexOf(body))
    expect(await search('天気')).toEqual([0, 1])
    expect(await search('気')).toEqual([0, 1])
    expect(await search('ね')).toEqual([0])
    expect(await search('天気がいい')).toEqual([0])
    expect(await search('天気 明日')).toEqual([1])
    expect(await search('ヒー')).toEqual([2])
    expect(await search('か\u3099いい')).toEqual([0])
    expect(await search('苹果')).toEqual([3])
    expect(await search('果苹')).toEqual([])
    expect(await search('ข้าว')).toEqual([4])
    expect(await search('東京')).toEqual([5, 6])
    expect(await search('東京 tow')).toEqual([5])
  })

  test('§2.1: it is announced, unless it is turned off', async () => {
    const ask = `<iq type='get' id='d' to='${ROMEO}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`
    for (const search of [true, false]) {
      const { romeo } = await (await Scene.open({ search })).both()
      expect((await romeo.ask(ask)).answer.toString().includes("'urn:xmpp:fulltext:0'")).toBe(search)
      const { answer } = await romeo.ask(
        `<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2'>${form({ [FIELD]: 'x' })}</query></iq>`,
      )
      if (!search) expect(StanzaError.fromElement(answer).condition).toBe('feature-not-implemented')
      else expect(answer.attribute('type')).toBe('result')
    }
  })

  test('more words than anybody looks for are refused', async () => {
    const { romeo } = await (await Scene.open()).both()
    const { answer } = await romeo.ask(
      `<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2'>${form({ [FIELD]: 'x'.repeat(1001) })}</query></iq>`,
    )
    expect(StanzaError.fromElement(answer).condition).toBe('resource-constraint')
  })
})
