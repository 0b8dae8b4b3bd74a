/** XEP-0202: Entity Time, version 2.0. */
import { type ClientExtension, defineClientExtension, type IqOptions } from '@parlour/client-core'
import type { Jid } from '@parlour/jid'
import { type EntityTime, readTime, TIME_NAMESPACE, timeElement, timeRequest } from './wire.ts'

export interface TimeApi {
  /** The entity's time; `undefined` when its answer makes no sense. Rejects as every request does. */
  get(to: Jid | string, options?: IqOptions): Promise<EntityTime | undefined>
}

/** Tells who asks the time, with this offset from UTC in minutes (XEP-0202 §6: it tells where one is). */
export function timeClientWith({ offset }: { readonly offset: number }): ClientExtension<TimeApi> {
  return defineClientExtension({
    name: 'time',
    implements: { xep: 202, version: '2.0' },
    features: [TIME_NAMESPACE],
    setup(client) {
      client.iq.handle('get', TIME_NAMESPACE, 'time', () => timeElement({ at: client.environment.now(), offset }))
      return {
        async get(to, options = {}) {
          const answer = await client.iq.get(timeRequest(), { ...options, to })
          return answer && readTime(answer)
        },
      }
    },
  })
}

/** Tells the time in UTC. @example const time = await client.use(timeClient).get('example.com') */
export const timeClient: ClientExtension<TimeApi> = timeClientWith({ offset: 0 })
