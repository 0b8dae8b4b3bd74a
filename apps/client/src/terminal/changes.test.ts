import { archiveServer } from '@parlour/archive/server'
import { carbonsServer } from '@parlour/extensions/carbons/server'
import { discoClient } from '@parlour/extensions/disco/client'
import { displayedSynchronizationServer } from '@parlour/extensions/displayed-synchronization/server'
import { fallbackElement } from '@parlour/extensions/fallback'
import { CORRECTION_NAMESPACE, replaceElement } from '@parlour/extensions/message-correction'
import { RETRACTION_NAMESPACE, retractionMessage } from '@parlour/extensions/message-retraction'
import { REACTIONS_NAMESPACE, reactionsElement, reactionsMessage } from '@parlour/extensions/reactions'
import { REPLIES_NAMESPACE, replyElement } from '@parlour/extensions/replies'
import { stanzaIdsServer } from '@parlour/extensions/stanza-ids/server'
import { message } from '@parlour/stanza'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createStageWith, type Stage } from '../../test/stage.ts'
import { Device } from './device.fixture.ts'

let stage: Stage
beforeAll(async () => {
  const modules = [archiveServer, carbonsServer, displayedSynchronizationServer, stanzaIdsServer]
  stage = await createStageWith(modules, 'romeo', 'juliet', 'nurse', 'paris', 'tybalt')
})
afterAll(() => stage[Symbol.asyncDispose]())

const begin = (name: string) => Device.begin(stage, name)
const chat = (to: string, id: string, body: string, ...children: ReturnType<typeof replyElement>[]) =>
  message({ to: `${to}@localhost`, id, type: 'chat', body, children })
const correction = (to: string, id: string, of: string, body: string) => chat(to, id, body, replaceElement({ id: of }))

test('corrections, retractions and reactions show where they belong: here, on another device, and from the archive', async () => {
  await using romeo = await begin('romeo')
  await using pocket = await begin('romeo')
  await using juliet = await begin('juliet')
  await romeo.says('/msg juliet@localhost soft, what lihgt', '/correct soft, what light', 'oops', '/retract', 'hello')
  await juliet.until(() => juliet.said('romeo@localhost').length === 3)
  expect(juliet.rings).toBe(3)
  await juliet.says('/msg romeo@localhost Ay me!')
  await romeo.until(() => romeo.said('juliet@localhost').length === 4)
  await romeo.says('/react 👍 ❤️')
  await juliet.says('/react 👋')
  const between = ['soft, what light (edited)', '(retracted)', 'hello [👋]', 'Ay me! [👍 ❤️]']
  for (const [device, other] of [
    [romeo, 'juliet'],
    [pocket, 'juliet'],
    [juliet, 'romeo'],
  ] as const) {
    const shown = () => device.said(`${other}@localhost`).map((line) => line.replace(/^.*?: /, ''))
    await device.until(() => shown().join() === between.join())
    expect(shown()).toEqual(between)
  }
  await using tablet = await begin('romeo')
  expect(tablet.said('juliet@localhost').map((line) => line.replace(/^.*?: /, ''))).toEqual(between)
  await romeo.says('/react')
  await juliet.until(() => juliet.said('romeo@localhost').at(-1) === 'juliet: Ay me!')
})

test('XEP-0308 §4, XEP-0424 §5: nobody changes what the other one has said', async () => {
  await using nurse = await begin('nurse')
  await using paris = await begin('paris')
  await nurse.says('/msg paris@localhost mine', 'mine too')
  await paris.until(() => paris.said('nurse@localhost').length === 2)
  const [one, id = ''] = (paris.chat.model.conversations.get('nurse@localhost')?.entries ?? []).map(
    ({ messageId = '' }) => messageId,
  )
  await paris.chat.client.send(correction('nurse', 'c', one ?? '', 'forged'))
  const to = 'nurse@localhost'
  await paris.chat.client.send(retractionMessage({ id: 'r', to, type: 'chat', of: id }))
  await paris.chat.client.send(chat('nurse', 'last', 'last'))
  await nurse.until(() => nurse.said('paris@localhost').at(-1) === 'paris@localhost: last')
  // A correction of something that is not shown is at least seen.
  expect(nurse.said('paris@localhost')).toEqual([
    'nurse: mine',
    'nurse: mine too',
    'paris@localhost: forged (edited)',
    'paris@localhost: last',
  ])
})

test('a correction of what was said before the page of the archive stands alone, until that page is there', async () => {
  {
    await using tybalt = await begin('tybalt')
    await tybalt.chat.client.send(chat('romeo', 'far', 'far bcak'))
    await tybalt.chat.client.send(chat('romeo', 'gone', 'a secret'))
    await tybalt.chat.client.send(correction('romeo', 'gone-2', 'gone', 'a corrected secret'))
    for (let n = 0; n < 60; n++) await tybalt.chat.client.send(chat('romeo', `n${n}`, `${n}`))
    await tybalt.chat.client.send(correction('romeo', 'c1', 'far', 'far bakc'))
    await tybalt.chat.client.send(correction('romeo', 'c2', 'far', 'far back'))
    await tybalt.chat.client.send(retractionMessage({ id: 'r', to: 'romeo@localhost', type: 'chat', of: 'gone' }))
    await tybalt.chat.client.send(reactionsMessage({ to: 'romeo@localhost', id: 'far', reactions: ['👍'] }))
  }
  await using romeo = await begin('romeo')
  const said = () => romeo.said('tybalt@localhost').map((line) => line.replace('tybalt@localhost: ', ''))
  expect(said().at(-1)).toBe('far back (edited) [👍]')
  romeo.chat.model.select('tybalt@localhost')
  await romeo.says('/history')
  expect(said().slice(0, 3)).toEqual(['far back (edited) [👍]', '(retracted)', '0'])
  expect(said().at(-1)).toBe('59')
  await romeo.says('/search secret')
  expect(said().at(-1)).toContain('Nothing was found')
})

test('XEP-0461, XEP-0428: an answer quotes what it answers to, once; what stands in for reactions is not shown', async () => {
  await using nurse = await begin('nurse')
  await using juliet = await begin('juliet')
  const { client } = nurse.chat
  const to = 'nurse@localhost'
  await client.send(chat('juliet', 'q', 'Go ask\n  his name'))
  await client.send(chat('juliet', 'a1', 'Romeo', replyElement({ id: 'q', to })))
  const quoting = fallbackElement(REPLIES_NAMESPACE, [{ start: 0, end: 8 }])
  await client.send(chat('juliet', 'a2', '> his name\nRomeo', replyElement({ id: 'q', to }), quoting))
  await client.send(chat('juliet', 'a3', 'unknown', replyElement({ id: 'nothing', to })))
  const instead = fallbackElement(REACTIONS_NAMESPACE)
  await client.send(chat('juliet', 'r', '> Romeo\n👍', reactionsElement({ id: 'a3', reactions: ['👍'] }), instead))
  await juliet.until(() => juliet.said(to).length === 4)
  await juliet.until(() => juliet.said(to).at(-1) === `${to}: unknown [👍]`)
  expect(juliet.said(to).slice(1, 3)).toEqual([`${to}: > Go ask his name\nRomeo`, `${to}: > his name\nRomeo`])
})

test('what was read by a message that only changes another is read', async () => {
  await using desk = await begin('paris')
  await using juliet = await begin('juliet')
  await juliet.chat.client.send(chat('paris', 'p1', 'vile'))
  await juliet.chat.client.send(correction('paris', 'p2', 'p1', 'villain'))
  await desk.until(() => desk.said('juliet@localhost').at(-1) === 'juliet@localhost: villain (edited)')
  expect(desk.unread('juliet@localhost')).toBe(1)
  desk.chat.model.select('juliet@localhost')
  await using other = await begin('paris')
  await other.until(() => other.unread('juliet@localhost') === 0)
  await using next = await begin('paris')
  expect([next.said('juliet@localhost').at(-1), next.unread('juliet@localhost')]).toEqual([
    'juliet@localhost: villain (edited)',
    0,
  ])
})

test('what one says to oneself is shown once, on each device', async () => {
  await using desk = await begin('tybalt')
  await using pocket = await begin('tybalt')
  await desk.says('/msg tybalt@localhost peace? I hate the word')
  await pocket.until(() => pocket.said('tybalt@localhost').length > 0)
  await desk.says('as I hate hell')
  await pocket.until(() => pocket.said('tybalt@localhost').length > 1)
  for (const device of [desk, pocket])
    expect(device.said('tybalt@localhost')).toEqual(['tybalt: peace? I hate the word', 'tybalt: as I hate hell'])
})

test('others learn that all of this may be sent (XEP-0308 §2, XEP-0424 §2, XEP-0444 §2, XEP-0461 §2)', async () => {
  await using romeo = await begin('romeo')
  await using pocket = await begin('romeo')
  const { features } = await pocket.chat.client.use(discoClient).info(romeo.chat.client.jid)
  expect(features).toEqual(
    expect.arrayContaining([CORRECTION_NAMESPACE, RETRACTION_NAMESPACE, REACTIONS_NAMESPACE, REPLIES_NAMESPACE]),
  )
})

test('/correct and /retract mean what was not taken back; without anything they say so', async () => {
  await using nurse = await begin('nurse')
  await using tybalt = await begin('tybalt')
  await nurse.says('/retract', '/msg tybalt@localhost', '/react 👍', '/retract', '/correct')
  expect(nurse.said('tybalt@localhost')).toEqual([
    ': There is nothing yet.',
    ': There is nothing yet.',
    ': To what? /correct <text>',
  ])
  await nurse.says('one', 'two', '/retract', '/correct uno', '/retract', '/retract')
  await tybalt.until(
    () => tybalt.said('nurse@localhost').join() === 'nurse@localhost: (retracted),nurse@localhost: (retracted)',
  )
  expect(nurse.said('tybalt@localhost').at(-1)).toBe(': There is nothing yet.')
})
