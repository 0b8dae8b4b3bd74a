import type { Element } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { friends, iago, juliet, line, romeo, set } from './blocking.fixture.ts'

describe('XEP-0191 §3.3, §3.4: presence', () => {
  test.each([
    ['a contact', romeo],
    ['its domain', 'example.net'],
    ['one of its devices', `${romeo}/orchard`],
  ])('%s sees the account leave, stay away, and come back', async (_, address) => {
    const scene = await friends()
    const r = await scene.online(`${romeo}/orchard`)
    const j = await scene.online(`${juliet}/balcony`)
    await j.send('<presence><show>away</show></presence>')
    for (const client of [r, j]) client.take()

    await j.request(set('block', address))
    expect(r.take().map(line)).toEqual([
      `presence unavailable ${juliet}/balcony ${address.includes('/') ? address : romeo}`,
    ])
    j.take()
    if (!address.includes('/')) {
      await j.send('<presence><show>dnd</show></presence>')
      await r.send(`<presence type='probe' to='${juliet}'/>`)
      await r.send('<presence><show>chat</show></presence>')
      const again = await scene.online(`${romeo}/garden`)
      expect(again.take().filter((each) => each.attribute('from')?.startsWith('juliet'))).toEqual([])
      expect(r.take().filter((each) => each.attribute('from')?.startsWith('juliet'))).toEqual([])
      await again.disconnect()
      await j.send('<presence><show>away</show></presence>')
    }
    expect(
      j
        .take()
        .map(line)
        .filter((each) => !each.includes(`${juliet}/balcony ${juliet}`)),
    ).toEqual([])
    r.take()
    await j.request(set('unblock'))
    const [back, ...others] = r.take()
    expect(others).toEqual([])
    expect(line(back as Element)).toBe(`presence ${juliet}/balcony ${address.includes('/') ? address : romeo}`)
    expect(back?.childText('show')).toBe('away')
  })

  test('"but only if the JID is allowed to receive presence notifications"', async () => {
    const scene = await friends()
    const i = await scene.online(`${iago}/street`)
    const j = await scene.online(`${juliet}/balcony`)
    await j.request(set('block', iago))
    await j.request(set('unblock', iago))
    expect(i.take().filter((each) => each.attribute('from')?.startsWith('juliet'))).toEqual([])
  })

  test('whom presence was directed to sees it end, and does not hear of it again', async () => {
    const scene = await friends()
    const i = await scene.online(`${iago}/street`)
    const j = await scene.online(`${juliet}/balcony`)
    await j.send(`<presence to='${iago}/street'/>`)
    i.take()
    await j.request(set('block', iago))
    expect(i.take().map(line)).toEqual([`presence unavailable ${juliet}/balcony ${iago}/street`])
    await j.disconnect()
    expect(i.take()).toEqual([])
  })

  test('what is blocked already is told nothing; still blocked by its domain, nothing comes back', async () => {
    const scene = await friends()
    const r = await scene.online(`${romeo}/orchard`)
    const j = await scene.online(`${juliet}/balcony`)
    await j.request(set('block', 'example.net'))
    r.take()
    await j.request(set('block', romeo))
    await j.request(set('unblock', romeo))
    expect(r.take()).toEqual([])
  })
})
