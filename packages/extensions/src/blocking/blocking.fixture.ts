import { createMemoryStorage } from '@parlour/storage'
import type { Element } from '@parlour/xml'
import { discoServer } from '../disco/server.ts'
import { offlineServer } from '../offline/server.ts'
import { Scene, type SceneOptions } from '../scene.fixture.ts'
import { blockingServer } from './server.ts'
import { readBlockItems } from './wire.ts'

export const juliet = 'juliet@example.com'
export const romeo = 'romeo@example.net'
export const iago = 'iago@example.net'
const accounts = [juliet, romeo, iago]
const domains = ['example.com', 'example.net']

/** Juliet and Romeo are friends. */
export async function friends(options: SceneOptions = {}) {
  const storage = createMemoryStorage()
  for (const [owner, key] of [
    [juliet, romeo],
    [romeo, juliet],
  ] as const)
    await storage.commit([
      { type: 'put', store: 'roster', owner, key, value: { at: 1, subscription: 'both' } },
      { type: 'put', store: 'roster', owner, key: '/version', value: { epoch: 'e', sequence: 1, forgotten: 0 } },
    ])
  return Scene.open([discoServer, blockingServer, offlineServer], { accounts, domains, storage, ...options })
}

const items = (jids: readonly string[]) => jids.map((jid) => `<item jid='${jid}'/>`).join('')
export const set = (name: string, ...jids: string[]) =>
  `<iq type='set' id='s'><${name} xmlns='urn:xmpp:blocking'>${items(jids)}</${name}></iq>`
export const get = "<iq type='get' id='g'><blocklist xmlns='urn:xmpp:blocking'/></iq>"
export const chat = (to: string) => `<message type='chat' id='m' to='${to}'><body>Can you hear me now?</body></message>`
export const listed = (answer: Element) => readBlockItems(answer.elements()[0] as Element).map(String)
export const condition = (answer: Element | undefined) => answer?.child('error')?.elements()[0]?.name
export const line = (each: Element) =>
  [each.name, each.attribute('type'), each.attribute('from'), each.attribute('to'), condition(each)]
    .filter((part) => part !== undefined)
    .join(' ')
