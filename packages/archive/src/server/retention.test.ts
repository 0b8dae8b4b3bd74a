import { describe, expect, test } from 'vitest'
import { chat, JULIET, ROMEO, Scene, settled } from '../scene.fixture.ts'

const DAY = 86_400_000
const ARCHIVE = 'archive/messages'

/** Lets a round of the tidying go by, in its steps. */
async function tidied(scene: Scene): Promise<void> {
  for (let step = 0; step < 30; step++) {
    scene.environment.advance(step === 0 ? 60_000 : 20)
    await settled()
  }
}

async function bodies(scene: Scene, owner: string): Promise<string[]> {
  const { entries } = await scene.storage.readArchive(ARCHIVE, owner, { max: 1000 })
  return entries.map(({ value }) => /<body>(.*?)<\/body>/.exec(value as string)?.[1] ?? '')
}

describe('XEP-0313 §3.2: retention', () => {
  test('what is older than the bound goes, "the oldest in the archive"; nothing else does', async () => {
    const scene = await Scene.open({ maxAgeDays: 7 })
    const { romeo } = await scene.both()
    await romeo.send(chat(JULIET, 'old'))
    scene.environment.advance(5 * DAY)
    await romeo.send(chat(JULIET, 'newer'))
    scene.environment.advance(2 * DAY + 1)
    await tidied(scene)
    expect([await bodies(scene, ROMEO), await bodies(scene, JULIET)]).toEqual([['newer'], ['newer']])
    scene.environment.advance(5 * DAY)
    await tidied(scene)
    expect(await scene.storage.archiveOwners(ARCHIVE)).toEqual([])
    expect(scene.errors).toEqual([])
  })

  test('0: they are kept for ever', async () => {
    const scene = await Scene.open({ maxAgeDays: 0, maxBytes: 0 })
    const { romeo } = await scene.both()
    await romeo.send(chat(JULIET, 'old'))
    scene.environment.advance(4000 * DAY)
    await tidied(scene)
    expect(await bodies(scene, ROMEO)).toEqual(['old'])
    expect(scene.errors).toEqual([])
  })

  test('of an archive that is too large the oldest go, in every round until it fits', async () => {
    const scene = await Scene.open({ maxBytes: 100_000 })
    const { romeo } = await scene.both()
    for (let n = 0; n < 1200; n++) await romeo.send(chat(n % 10 ? 'nurse@example.net' : JULIET, `m${n}`))
    await tidied(scene)
    const left = await bodies(scene, ROMEO)
    expect(left.at(-1)).toBe('m1199')
    expect(left).toEqual(Array.from(left, (_, n) => `m${1200 - left.length + n}`))
    const { entries } = await scene.storage.readArchive(ARCHIVE, ROMEO, { max: 1000 })
    const length = entries.reduce((sum, { value }) => sum + (value as string).length, 0)
    expect(length).toBeLessThanOrEqual(100_000)
    expect(length).toBeGreaterThan(99_000)
    expect((await bodies(scene, JULIET)).length).toBe(120)
    for (let n = 0; n < 100; n++) await romeo.send(chat('nurse@example.net', `n${n}`))
    scene.environment.advance(6 * 3_600_000)
    await tidied(scene)
    const after = await bodies(scene, ROMEO)
    expect([after.at(-1), Math.abs(after.length - left.length) < 10]).toEqual(['n99', true])
  })

  test('an account that is removed is not measured any more', async () => {
    const scene = await Scene.open({ maxBytes: 1000 })
    const { romeo } = await scene.both()
    await romeo.send(chat(JULIET, 'x'))
    await tidied(scene)
    expect((await scene.storage.list('archive/usage', ROMEO)).size).toBe(1)
    await scene.kernel.accounts.remove(romeo.session.jid.bare)
    expect((await scene.storage.list('archive/usage', ROMEO)).size).toBe(0)
  })
})
