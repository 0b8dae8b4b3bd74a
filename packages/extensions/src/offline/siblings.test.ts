import { describe, expect, test } from 'vitest'
import { type FakeClient, type Scene, settled } from '../scene.fixture.ts'
import { chat, open, stored } from './offline.fixture.ts'

const BALCONY = 'juliet@example.com/balcony'
const DESK = 'juliet@example.com/desk'
const EARLY = ['a', 'b', 'c', 'd', 'e']

/** More than a client is given at once, and two sessions: the balcony is getting it, the desk comes after. */
async function scene({ balcony = false, desk = false }) {
  const opened = await open()
  const romeo = await opened.online('romeo@example.com/orchard')
  for (const letter of EARLY) await romeo.send(chat(letter.repeat(100_000)))
  const one = await opened.connect(BALCONY)
  if (balcony) await one.manage()
  else one.stream.bufferedBytes = 300_000
  await one.send('<presence/>')
  const other = await opened.connect(DESK)
  if (desk) await other.manage()
  await other.send('<presence/>')
  for (const each of [one, other, romeo]) if (each !== one) each.take()
  return { opened, romeo, balcony: one, desk: other }
}

async function heard(opened: Scene, client: FakeClient): Promise<(string | undefined)[]> {
  const all: (string | undefined)[] = []
  for (let times = 0; times < 9; times++) {
    all.push(...client.bodies().map((body) => body?.slice(0, 4)))
    if (client.session.management)
      await client.acknowledge(client.session.management.acknowledged + client.session.management.unacknowledgedStanzas)
    opened.environment.advance(1000)
    await settled()
  }
  return all
}

async function end(client: FakeClient): Promise<void> {
  client.session.closed('closed')
  await settled()
}

const whole = EARLY.map((letter) => letter.repeat(4))

describe('a message that comes while one of two sessions is getting what was stored before', () => {
  test.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('comes once to the other one, though the first ends before it has it (XEP-0198: %s, %s)', async (one, other) => {
    const { opened, romeo, balcony, desk } = await scene({ balcony: one, desk: other })
    await romeo.send(chat('next'))
    expect(desk.bodies()).toEqual(['next'])
    const had = balcony.bodies().map((body) => body?.slice(0, 4))
    expect(had).not.toContain('next')
    await end(balcony)
    await romeo.send(chat('last'))
    const rest = await heard(opened, desk)
    expect(rest.toSorted()).toEqual([...whole, 'last'].toSorted())
    expect(await stored(opened)).toBe(0)
    const later = await opened.online(BALCONY)
    expect(later.bodies()).toEqual([])
  })

  test.each([false, true])(
    'comes once to the first, though the other one ends and has not acknowledged it (XEP-0198: %s)',
    async (one) => {
      const { opened, romeo, balcony, desk } = await scene({ balcony: one, desk: true })
      await romeo.send(chat('next'))
      await end(desk)
      balcony.stream.bufferedBytes = 0
      expect((await heard(opened, balcony)).filter((body) => body === 'next')).toEqual(['next'])
      expect(await stored(opened)).toBe(0)
      await end(balcony)
      const later = await opened.online(DESK)
      expect(later.bodies()).toEqual([])
    },
  )

  test('comes to neither twice, when the first has been given it and ends without having acknowledged it', async () => {
    const { opened, romeo, balcony, desk } = await scene({ balcony: true, desk: true })
    await romeo.send(chat('next'))
    const { management } = balcony.session
    // All but the last are acknowledged, so that the last is given.
    for (let times = 0; times < 9 && balcony.bodies().at(-1) !== 'next'; times++) {
      await balcony.acknowledge((management?.acknowledged ?? 0) + (management?.unacknowledgedStanzas ?? 0))
      opened.environment.advance(1000)
      await settled()
    }
    expect(management?.unacknowledgedStanzas).toBeGreaterThan(0)
    expect(await stored(opened)).toBe(0)
    await end(balcony)
    expect((await heard(opened, desk)).filter((body) => body === 'next')).toEqual(['next'])
    const later = await opened.online(BALCONY)
    expect([later.bodies(), await stored(opened)]).toEqual([[], 0])
  })

  test('is not lost when both end: the next session gets it, once', async () => {
    const { opened, romeo, balcony, desk } = await scene({ balcony: true, desk: true })
    await romeo.send(chat('next'))
    await end(desk)
    await end(balcony)
    const later = await opened.online(BALCONY)
    const rest = await heard(opened, later)
    expect(rest.toSorted()).toEqual([...whole, 'next'].toSorted())
    expect(await stored(opened)).toBe(0)
  })

  test('is not lost when both end the other way round: the next session gets it, once', async () => {
    const { opened, romeo, balcony, desk } = await scene({ balcony: true, desk: true })
    await romeo.send(chat('next'))
    await end(balcony)
    desk.take()
    await end(desk)
    const later = await opened.online(BALCONY)
    const rest = await heard(opened, later)
    expect(rest.filter((body) => body === 'next')).toEqual(['next'])
    expect(rest.toSorted()).toEqual([...whole, 'next'].toSorted())
    expect(await stored(opened)).toBe(0)
  })
})
