import { parseJid } from '@parlour/jid'
import { rosterGet, rosterUpdate } from '@parlour/roster'
import { presence } from '@parlour/stanza'
import { createMemoryStorage } from '@parlour/storage'
import { describe, expect, it } from 'vitest'
import { type Client, line, Scene } from './scene.fixture.ts'

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
  it('RFC 6121 §4.5.2: its contacts learn that it is gone, once', async () => {
    const { scene, j, r } = await friends()
    await scene.kernel.accounts.remove(parseJid(juliet))
    await j.close()
    const left = r.look().filter((line) => line.startsWith('presence unavailable'))
    expect(left).toEqual([`presence unavailable ${juliet}/balcony → ${romeo}`])
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

describe('XEP-0077 §3.2: "the server SHOULD also cancel all existing presence subscriptions related to that entity"', () => {
  it('both ways, as when the user removes the contact (RFC 6121 §2.5.2), after unavailable presence (§3.2.2)', async () => {
    const { scene, j, r } = await friends()
    await j.send(presence({ type: 'subscribe', to: romeo }))
    await r.send(presence({ type: 'subscribed', to: juliet }))
    r.raw()
    const sent = scene.listen('example.com')
    await scene.kernel.accounts.remove(parseJid(juliet))
    expect(sent.map(line)).toEqual([
      `presence unavailable ${juliet}/balcony → ${romeo}`,
      `presence unsubscribe ${juliet} → ${romeo}`,
      `presence unsubscribed ${juliet} → ${romeo}`,
    ])
    expect(r.look()).toContain(`iq set → ${romeo}/orchard [${juliet} none]`)
  })

  it('also of an account without a session, whose roster nobody has read', async () => {
    const { scene, j, r } = await friends()
    await j.close()
    const { kernel } = await Scene.open(scene.storage)
    await kernel.accounts.remove(parseJid(juliet))
    const later = await Scene.open(scene.storage)
    const again = await later.connect(`${romeo}/orchard`)
    await again.get(rosterGet())
    expect(again.look()).toEqual([`iq result → ${romeo}/orchard [${juliet} none]`])
    expect(r.raw()).not.toEqual([])
  })

  it('and requests: what it asked for is asked no more, what it was asked is refused', async () => {
    const nurse = 'nurse@example.com'
    const scene = await Scene.open(createMemoryStorage(), juliet, romeo, nurse)
    const j = await scene.online(`${juliet}/balcony`, rosterGet())
    const r = await scene.online(`${romeo}/orchard`, rosterGet())
    const n = await scene.online(`${nurse}/kitchen`, rosterGet())
    await j.send(presence({ type: 'subscribe', to: romeo }))
    await n.send(presence({ type: 'subscribe', to: juliet }))
    for (const client of [j, r, n]) client.raw()
    await scene.kernel.accounts.remove(parseJid(juliet))
    expect(n.look()).toContain(`iq set → ${nurse}/kitchen [${juliet} none]`)
    const late = await scene.connect(`${romeo}/garden`)
    await late.presence()
    expect(late.look().filter((line) => line.includes('subscribe'))).toEqual([])
  })

  it('one contact that cannot be told does not keep the others from being told, nor the account', async () => {
    const { scene, j, r } = await friends()
    await j.set(rosterUpdate('nurse@example.com'))
    await j.send(presence({ type: 'subscribe', to: 'nurse@example.com' }))
    r.raw()
    scene.kernel.router.host('example.com')?.hooks.add('archive', 'broken', ({ stanza }) => {
      if (stanza.to?.local === 'nurse' && stanza.type === 'unsubscribe') throw new Error('stuck')
      return undefined
    })
    await scene.kernel.accounts.remove(parseJid(juliet))
    expect(scene.errors).toEqual([new Error('stuck')])
    expect(r.look()).toContain(`presence unsubscribed ${juliet} → ${romeo}`)
    expect(await scene.kernel.accounts.exists(parseJid(juliet))).toBe(false)
  })
})
