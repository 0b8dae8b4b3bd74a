import { archiveServer } from '@parlour/archive/server'
import type { ConnectOptions } from '@parlour/client'
import { carbonsServer } from '@parlour/extensions/carbons/server'
import { displayedSynchronizationServer } from '@parlour/extensions/displayed-synchronization/server'
import { stanzaIdsServer } from '@parlour/extensions/stanza-ids/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Way } from '../../test/interop/way.ts'
import { createStage, createStageWith, type Stage } from '../../test/stage.ts'
import { Device } from './device.fixture.ts'

let stage: Stage
beforeAll(async () => {
  const modules = [archiveServer, carbonsServer, displayedSynchronizationServer, stanzaIdsServer]
  stage = await createStageWith(modules, 'romeo', 'juliet', 'nurse', 'paris', 'tybalt')
})
afterAll(() => stage[Symbol.asyncDispose]())

const begin = (name: string, options: Partial<ConnectOptions> = {}, on = stage) => Device.begin(on, name, options)

const ROMEO = 'romeo@localhost'
const JULIET = 'juliet@localhost'

test('XEP-0280: what one device says and hears, the other shows; who answers has read', async () => {
  await using desk = await begin('romeo')
  await using pocket = await begin('romeo')
  await using juliet = await begin('juliet')
  await desk.says(`/msg ${JULIET} She speaks`)
  await juliet.until(() => juliet.said(ROMEO).length === 1)
  await juliet.says(`/msg ${ROMEO} Ay me!`)
  const both = ['romeo: She speaks', 'juliet@localhost: Ay me!']
  for (const device of [desk, pocket]) {
    await device.until(() => device.said(JULIET).length === 2)
    expect(device.said(JULIET)).toEqual(both)
  }
  expect(pocket.unread(JULIET)).toBe(1)
  await desk.says('O, speak again, bright angel')
  await pocket.until(() => pocket.said(JULIET).length === 3)
  expect(pocket.unread(JULIET)).toBe(0)
})

test('of the latest message of a conversation no text is kept twice', async () => {
  await using romeo = await begin('romeo')
  await using juliet = await begin('juliet')
  await romeo.says(`/msg ${JULIET} ${'x'.repeat(50_000)}`)
  const latest = () => juliet.chat.model.conversations.get(ROMEO)?.latest
  await juliet.until(() => juliet.said(ROMEO).some((text) => text.includes('xxx')))
  expect(latest()).toBeDefined()
  expect(latest()?.element.toString().length).toBeLessThan(1_000)
})

test('XEP-0313: a new device shows what was said before, page by page, and finds words in it', async () => {
  {
    await using paris = await begin('paris')
    await using nurse = await begin('nurse')
    for (let n = 1; n <= 120; n++) await paris.says(`/msg nurse@localhost ${n}`)
    await nurse.until(() => nurse.said('paris@localhost').length === 120)
    await nurse.says('/msg paris@localhost enough')
    await paris.until(() => paris.said('nurse@localhost').length === 121)
  }
  await using paris = await begin('paris')
  const said = () => paris.said('nurse@localhost')
  expect([said().length, said()[0], said().at(-1)]).toEqual([50, 'paris: 72', 'nurse@localhost: enough'])
  expect(paris.unread('nurse@localhost')).toBe(1)
  paris.chat.model.select('nurse@localhost')
  await paris.says('/history')
  expect(said()).toHaveLength(100)
  await paris.says('/history', '/history')
  expect(said().at(-1)).toMatch(/There is nothing older/)
  expect(said().slice(0, 121)).toEqual([
    ...Array.from({ length: 120 }, (_, n) => `paris: ${n + 1}`),
    'nurse@localhost: enough',
  ])
  await paris.says('/search enough', '/search nonesuch')
  expect(said().at(-1)).toMatch(/Nothing was found/)
  expect(said().filter((line) => line.includes('nurse@localhost: enough'))).toHaveLength(2)
})

test('XEP-0490: what was read on one device is read on the other, and on the next', async () => {
  await using desk = await begin('tybalt')
  await using pocket = await begin('tybalt')
  await using nurse = await begin('nurse')
  await nurse.says('/msg tybalt@localhost good den')
  for (const device of [desk, pocket]) await device.until(() => device.unread('nurse@localhost') === 1)
  desk.chat.model.select('nurse@localhost')
  await pocket.until(() => pocket.unread('nurse@localhost') === 0)
  await using tablet = await begin('tybalt')
  expect([tablet.said('nurse@localhost'), tablet.unread('nurse@localhost')]).toEqual([['nurse@localhost: good den'], 0])
})

test('a new session after the connection was lost shows what came meanwhile, once', async () => {
  await using way = await Way.to('127.0.0.1', Number(stage.address().split(':').at(-1)))
  const unreliable = { service: `127.0.0.1:${way.port}`, reconnection: { initialDelay: 1, maximumDelay: 50 } }
  await using romeo = await begin('romeo', { ...unreliable, streamManagement: { resume: false } })
  await using tybalt = await begin('tybalt')
  await tybalt.says(`/msg ${ROMEO} before`)
  await romeo.until(() => romeo.said('tybalt@localhost').length === 1)
  way.cut()
  await romeo.until(() => romeo.chat.model.connection.status !== 'online')
  await tybalt.says(`/msg ${ROMEO} meanwhile`, `/msg ${ROMEO} and again`)
  way.open()
  await romeo.until(() => romeo.said('tybalt@localhost').length >= 3)
  expect(romeo.said('tybalt@localhost').map((line) => line.split(': ')[1])).toEqual([
    'before',
    'meanwhile',
    'and again',
  ])
})

test('a server that keeps nothing costs nothing', async () => {
  await using bare = await createStage('romeo')
  await using romeo = await begin('romeo', {}, bare)
  await romeo.says('/msg romeo@localhost to myself', '/history')
  expect(romeo.said(ROMEO)).toContain('romeo: to myself')
  expect(romeo.said(ROMEO).at(-1)).toMatch(/There is nothing older/)
})
