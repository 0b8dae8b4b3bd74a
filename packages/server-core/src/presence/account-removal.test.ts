import { parseJid } from '@parlour/jid'
import { rosterGet, rosterUpdate } from '@parlour/roster'
import { presence } from '@parlour/stanza'
import { createMemoryStorage } from '@parlour/storage'
import { describe, expect, it } from 'vitest'
import { type Client, Scene } from './scene.fixture.ts'

const juliet = 'juliet@example.com'
const romeo = 'romeo@example.net'

async function friends(): Promise<{ scene: Scene; j: Client; r: Client }> {
  const scene = await Scene.open(createMemoryStorage(), juliet, romeo)
  const j = await scene.online(`${juliet}/balcony`, rosterGet())
  const r = await scene.online(`${romeo}/orchard`, rosterGet())
  await r.send(presence({ type: 'subscribe', to: juliet }))
  await j.send(presence({ type: 'subscribed', to: romeo }))
  j.raw()
  r.raw()
  return { scene, j, r }
}

describe('XEP-0077 §3.2: an account that is removed while it is online', () => {
  it('its contacts learn that it is gone, though its roster is', async () => {
    const { scene, j, r } = await friends()
    await scene.kernel.accounts.remove(parseJid(juliet))
    await j.close()
    expect(r.look()).toContain(`presence unavailable ${juliet}/balcony → ${romeo}`)
  })

  it('what its sessions still ask to be stored is refused: the next of that name finds nothing', async () => {
    const { scene, j } = await friends()
    const { storage, kernel } = scene
    const changing = j.set(rosterUpdate('paris@example.org'))
    const removing = kernel.accounts.remove(parseJid(juliet))
    await Promise.all([changing, removing])
    j.raw()
    await j.set(rosterUpdate('nurse@example.org'))
    expect(j.look()).toEqual([`iq error → ${juliet}/balcony !service-unavailable`])
    await j.close()
    expect(await storage.list('roster', juliet)).toEqual(new Map())
  })

  it('a stream that had authenticated before binds no resource', async () => {
    const { scene } = await friends()
    await scene.kernel.accounts.remove(parseJid(juliet))
    await expect(scene.connect(`${juliet}/chamber`)).rejects.toMatchObject({ condition: 'not-allowed' })
  })

  it('a removal that fails changes nothing', async () => {
    const { scene, j } = await friends()
    const { commit } = scene.storage
    scene.storage.commit = () => Promise.reject(new Error('disk'))
    await expect(scene.kernel.accounts.remove(parseJid(juliet))).rejects.toThrow('disk')
    scene.storage.commit = commit
    await j.set(rosterUpdate('paris@example.org'))
    expect(j.look().at(-1)).toBe(`iq result → ${juliet}/balcony`)
  })
})
