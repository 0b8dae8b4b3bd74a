import { type Element, parseXml } from '@parlour/xml'
import { discoServer } from '../disco/server.ts'
import { FakeClient, Scene } from '../scene.fixture.ts'
import { registrationServer } from './server.ts'

export const open = (settings = {}, domain = 'example.com') =>
  Scene.open([discoServer, registrationServer], { domains: [domain], settings: { registration: settings } })
export const get = "<iq xmlns='jabber:client' type='get' id='1'><query xmlns='jabber:iq:register'/></iq>"
export const set = (content: string | Element) =>
  `<iq xmlns='jabber:client' type='set' id='1'>${typeof content === 'string' ? `<query xmlns='jabber:iq:register'>${content}</query>` : content}</iq>`
export const condition = (answer: Element) => answer.child('error')?.elements()[0]?.name
export const exists = async (scene: Scene, local: string) => {
  const { accountJid } = scene
  return scene.kernel.accounts.exists(accountJid(local))
}

/** A stream that has not authenticated. */
export class Stranger {
  readonly #scene: Scene
  readonly #client = new FakeClient()

  constructor(scene: Scene, { secure = true, address = '192.0.2.1' } = {}) {
    this.#scene = scene
    this.#client.stream.secure = secure
    this.#client.stream.remoteAddress = address
  }

  async request(iq: string): Promise<Element> {
    const [host] = this.#scene.domains
    this.#scene.kernel.host(host as string)?.beforeAuthentication?.(parseXml(iq), this.#client.stream)
    return this.#client.next()
  }
}
