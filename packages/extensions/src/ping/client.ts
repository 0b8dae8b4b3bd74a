/** XEP-0199: XMPP Ping, version 2.0.1: asks whether somebody is there, and says so when asked. */
import { defineClientExtension, type IqOptions } from '@parlour/client-core'
import { PING_NAMESPACE, pingElement } from './wire.ts'

export interface PingApi {
  /** How many milliseconds the answer took; of the server, without `to`. Rejects as every request does. */
  ping(options?: IqOptions): Promise<number>
}

/** @example const milliseconds = await client.use(pingClient).ping({ to: 'juliet@example.com/balcony' }) */
export const pingClient = defineClientExtension<PingApi>({
  name: 'ping',
  implements: { xep: 199, version: '2.0.1' },
  features: [PING_NAMESPACE],
  setup(client) {
    client.iq.handle('get', PING_NAMESPACE, 'ping', () => undefined)
    return {
      async ping(options = {}) {
        const start = client.environment.now()
        await client.iq.get(pingElement(), { to: client.jid.domain, ...options })
        return client.environment.now() - start
      },
    }
  },
})
