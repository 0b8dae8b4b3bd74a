/** XEP-0280: Message Carbons, version 1.0.1: each client of an account sees both sides of all its conversations. */
import { defineServerModule, defineService, type IqRequest, type Service } from '@parlour/server-core'
import { StanzaError } from '@parlour/stanza'
import { type CarbonCopies, Copies } from './copies.ts'
import { CARBONS_NAMESPACE, CARBONS_RULES_FEATURE } from './wire.ts'

/** Turns copies on and off for modules that negotiate them in another way. */
export const carbonCopies: Service<CarbonCopies> = defineService('carbons')

export const carbonsServer = defineServerModule({
  name: 'carbons',
  implements: [
    { xep: 280, version: '1.0.1' },
    { xep: 297, version: '1.0' },
  ],
  setup(host) {
    const copies = new Copies(host)
    const answer =
      (change: 'enable' | 'disable') =>
      ({ session }: IqRequest): undefined => {
        if (!session) throw new StanzaError('not-allowed')
        copies[change](session)
      }
    // §4.1, §5.1: not-allowed "if the request is from a client that is not hosted on this server".
    const options = { refusal: 'not-allowed' } as const
    return [
      host.discovery.advertise(CARBONS_NAMESPACE),
      host.discovery.advertise(CARBONS_RULES_FEATURE),
      host.iq.set(CARBONS_NAMESPACE, 'enable', answer('enable'), options),
      host.iq.set(CARBONS_NAMESPACE, 'disable', answer('disable'), options),
      host.bindFeature({
        namespace: CARBONS_NAMESPACE,
        bound: (session, request) => {
          if (request?.name === 'enable') copies.enable(session)
          return undefined // XEP-0386 §3.2: "As this operation MUST succeed, no response is necessary"
        },
      }),
      host.on('messageSent', copies.sent),
      host.on('messageReceived', copies.received),
      host.on('sessionRestored', (session) => copies.restore(session)),
      host.on('sessionClosed', (session) => copies.disable(session)),
      host.provide(carbonCopies, copies),
    ]
  },
})
