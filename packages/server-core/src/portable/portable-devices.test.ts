import { describe, expect, test } from 'vitest'
import { empty, exported, imported, inside, JULIET } from './portable.fixture.ts'

describe('devices: as they named themselves, without their tokens', () => {
  const seen = "first-seen='2026-01-01T00:00:00.000Z' last-seen='2026-01-02T00:00:00.000Z'"
  const device = (id: string, name: string, times = seen) =>
    `<device id='${id}' software='S' device='${name}' ${times}><method>password</method><method>token</method></device>`
  const devices = (content: string) => inside(`<devices xmlns='urn:parlour:devices:0'>${content}</devices>`)

  test('there and back; what differs is kept, or replaced', async () => {
    const [there, here] = [await empty(), await empty()]
    const [report] = await imported(there, devices(device('a-1', 'Phone') + device('b_2', 'Tablet')))
    expect(report?.counts).toEqual({ devices: { added: 2 } })
    const document = await exported(there, 'juliet@example.com')
    await imported(here, document)
    expect(await exported(here, 'juliet@example.com')).toBe(document)
    expect(await here.kernel.devices.list(JULIET)).toMatchObject([
      { id: 'a-1', software: 'S', device: 'Phone', methods: ['password', 'token'], hasToken: false },
      { id: 'b_2', device: 'Tablet' },
    ])
    const other = devices(device('a-1', 'Other') + device('b_2', 'Tablet'))
    expect((await imported(here, other))[0]?.counts).toEqual({ devices: { kept: 1, unchanged: 1 } })
    const replaced = await imported(here, other, { isTrial: false, replaces: true })
    expect(replaced[0]?.counts).toEqual({ devices: { replaced: 1, unchanged: 1 } })
    await here.kernel.accounts.remove(JULIET)
    expect(await here.storage.list('devices', 'juliet@example.com')).toEqual(new Map())
  })

  test('what is none, and what is too many, is refused', async () => {
    const stand = await empty()
    const faulty = [
      device('**', 'a'),
      device('a', 'a', ''),
      device('a', 'a', "first-seen='2026-01-02T00:00:00Z' last-seen='2026-01-01T00:00:00Z'"),
      '<other/>',
    ]
    const many = Array.from({ length: 51 }, (_, n) => device(`d${n}`, 'x'))
    const [report] = await imported(stand, devices([...faulty, ...many].join('')))
    expect(report?.counts).toEqual({ devices: { added: 50, refused: 5 } })
  })
})
