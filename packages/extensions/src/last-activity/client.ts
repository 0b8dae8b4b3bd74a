/** XEP-0012: Last Activity, version 2.0: asks; does not tell when a person was last active (§4: OPTIONAL). */
import { defineClientExtension, type IqOptions } from '@parlour/client-core'
import type { Jid } from '@parlour/jid'
import { type LastActivity, lastActivityRequest, readLastActivity } from './wire.ts'

export interface LastActivityApi {
  /**
   * Of an account: since when it is offline; of a server: since when it runs; of a client: since when it is idle.
   * `undefined` when the answer makes no sense. Rejects with `forbidden` without a subscription.
   */
  get(to: Jid | string, options?: IqOptions): Promise<LastActivity | undefined>
}

/** @example const { seconds } = await client.use(lastActivityClient).get('juliet@example.com') ?? {} */
export const lastActivityClient = defineClientExtension<LastActivityApi>({
  name: 'last-activity',
  implements: { xep: 12, version: '2.0' },
  setup: (client) => ({
    async get(to, options = {}) {
      const answer = await client.iq.get(lastActivityRequest(), { ...options, to })
      return answer && readLastActivity(answer)
    },
  }),
})
