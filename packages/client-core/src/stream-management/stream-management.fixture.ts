import { message } from '@parlour/stanza'
import { SM_FEATURE } from '@parlour/stream-management'
import type { Element } from '@parlour/xml'
import { FEATURES, Scene, settled } from '../../test/fake-streams.ts'
import type { ClientOptions, SessionWish, StreamAgreement } from '../index.ts'

export const SM = FEATURES.withChildren([SM_FEATURE])
export const ENABLED =
  "<enabled xmlns='urn:xmpp:sm:3' id='s1' resume='true' max='300' location='node1.example.com:5222'/>"
export const ROMEO = 'romeo@example.net'

/** A scene whose server enabled stream management. */
export async function managed(options: Partial<ClientOptions> = {}, enabled = ENABLED): Promise<Scene> {
  const scene = new Scene({ keepalive: false, ...options }, [], SM)
  await scene.client.online()
  scene.stream.receiveNonza(enabled)
  return scene
}

/** The connection is lost; the next stream comes as the test says. */
export async function reconnected(scene: Scene, agreement: Partial<StreamAgreement>): Promise<SessionWish | undefined> {
  scene.agreement = agreement
  scene.stream.lose()
  scene.environment.advance(1_000)
  await scene.client.online()
  await settled()
  return scene.wishes.at(-1)
}

export const resumed = (h: number): Partial<StreamAgreement> => ({ resumption: { type: 'resumed', h } })
export const refused = (h?: number): Partial<StreamAgreement> => ({
  resumption: { type: 'failed', failure: { condition: 'item-not-found', h } },
})
export const text = (sent: Element | string) => String(sent)
export const bodies = (sent: readonly (Element | string)[]) =>
  sent.flatMap((each) => [...text(each).matchAll(/<body>(.*?)<\/body>/g)].map(([, body]) => body))
export const say = (body: string) => message({ to: ROMEO, type: 'chat', body })
