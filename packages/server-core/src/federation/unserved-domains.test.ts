import { createMemoryStorage } from '@parlour/storage'
import { describe, expect, it } from 'vitest'
import { serveComponents } from '../component/index.ts'
import { silentLogger } from '../logger.ts'
import { Network } from './federation.fixture.ts'
import { all, start } from './links.fixture.ts'

const DAY = 86_400_000
const MINUTE = 60_000

/** A server of `a.example` alone, after one that served others too, and `entries` of those. */
async function after(entries: readonly { readonly owner: string; readonly daysAgo: number }[]) {
  const network = new Network()
  const storage = createMemoryStorage()
  const now = network.environment.now()
  const text = (owner: string) => `<message from='user@${owner}' to='user@b.example/here'><body>1</body></message>`
  await storage.commit(
    entries.map(({ owner, daysAgo }, index) => ({
      type: 'append',
      archive: 'federation',
      ...{ owner, id: String(index), at: now - daysAgo * DAY, with: 'b.example', value: text(owner) },
    })),
  )
  const a = await start(network, 'a.example', { storage })
  const count = (owner: string) => storage.countArchive('federation', owner)
  const told = () =>
    a.lines.filter(({ message }) => message.includes('not served')).map(({ message, fields }) => ({ message, fields }))
  return { network, a, count, told, storage }
}

describe('what waits for other servers from a domain that is not served any more', () => {
  it('is kept for a week, and told once; then it is dropped, and that is told', async () => {
    const { network, count, told } = await after([{ owner: 'former.example', daysAgo: 5.5 }])
    await network.pass(MINUTE, MINUTE)
    expect(await count('former.example')).toBe(1)
    expect(told()).toEqual([
      {
        message: 'stanzas of a domain that is not served any more wait',
        fields: { local: 'former.example', waiting: 1, dropped: 0, daysKept: 7 },
      },
    ])
    await network.pass(DAY, DAY)
    expect([await count('former.example'), told().length]).toEqual([1, 1])
    await network.pass(DAY, DAY)
    expect(await count('former.example')).toBe(0)
    expect(told().slice(1)).toEqual([
      {
        message: 'stanzas of a domain that is not served any more are dropped',
        fields: { local: 'former.example', waiting: 0, dropped: 1, daysKept: 7 },
      },
    ])
    expect(network.environment.pendingTimers).toBe(0)
  })

  it('what is older than a week goes at once, the rest stays', async () => {
    const { network, count, told } = await after([
      { owner: 'former.example', daysAgo: 8 },
      { owner: 'former.example', daysAgo: 1 },
    ])
    await network.pass(MINUTE, MINUTE)
    expect(await count('former.example')).toBe(1)
    expect(told()[0]?.fields).toMatchObject({ dropped: 1, waiting: 1 })
  })

  it('what waits from a component, which is served only after the start, is sent, whatever its age', async () => {
    const { network, a, count, told } = await after([{ owner: 'gate.a.example', daysAgo: 30 }])
    network.certify('gate.a.example', { names: ['gate.a.example'] })
    const romeo = await (await start(network, 'b.example')).connect()
    serveComponents(a.kernel, { components: [{ domain: 'gate.a.example', secret: 's' }], log: silentLogger })
    await network.pass(2 * MINUTE, 10_000)
    expect(all(romeo.heard)).toContain("from='user@gate.a.example'")
    expect([await count('gate.a.example'), told()]).toEqual([0, []])
  })
})
