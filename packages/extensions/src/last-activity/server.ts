/**
 * XEP-0012: Last Activity, version 2.0: since when an account is offline, for those who may see its presence, and since
 * when the server runs.
 */
import type { Jid } from '@parlour/jid'
import {
  defineServerModule,
  type IqRequest,
  type ModuleHost,
  type ModuleStore,
  type Verdict,
} from '@parlour/server-core'
import { type Stanza, StanzaError } from '@parlour/stanza'
import { beginningOf, type Element } from '@parlour/xml'
import { LAST_ACTIVITY_NAMESPACE, lastActivityElement } from './wire.ts'

/** Of the status that an account left behind. */
const MAX_STATUS_LENGTH = 1024

export const lastActivityServer = defineServerModule({
  name: 'last-activity',
  implements: [{ xep: 12, version: '2.0' }],
  setup(host) {
    const departures = new Departures(host)
    const startedAt = host.now()
    const uptime = () => lastActivityElement({ seconds: seconds(host.now() - startedAt) })
    return [
      host.discovery.advertise(LAST_ACTIVITY_NAMESPACE, 'server', 'account'),
      host.iq.get(LAST_ACTIVITY_NAMESPACE, 'query', uptime, { target: 'server', access: 'anyone' }),
      host.iq.get(LAST_ACTIVITY_NAMESPACE, 'query', (request) => departures.answer(request), {
        target: 'account',
        access: 'anyone',
        refusal: 'forbidden',
      }),
      host.on('guard', ({ stanza }) => departures.guard(stanza), { direction: 'inbound' }),
      host.on('sessionUnavailable', (session, presence) => departures.record(session.jid.bare, presence.status)),
    ]
  },
})

class Departures {
  readonly #host: ModuleHost
  readonly #store: ModuleStore

  constructor(host: ModuleHost) {
    this.#host = host
    this.#store = host.store('departures')
  }

  /** XEP-0012 §3: counts from the last time that no session of the account was available any more. */
  async record(account: Jid, status: string | undefined): Promise<void> {
    if (this.#host.sessions(account).some((session) => session.available)) return
    const departure = status
      ? { at: this.#host.now(), status: beginningOf(status, MAX_STATUS_LENGTH) }
      : { at: this.#host.now() }
    await this.#store.put(account.toString(), departure)
  }

  async answer({ from, to }: IqRequest): Promise<Element> {
    if (!from.bare.equals(to) && !(await this.#host.isSubscribed(to, from.bare))) throw new StanzaError('forbidden')
    if (this.#host.sessions(to).length > 0) return lastActivityElement({ seconds: 0 })
    const departure = (await this.#store.get(to.toString())) as { at: number; status?: string } | undefined
    if (!departure) throw new StanzaError('item-not-found', 'it is not known when this account was last online')
    const { at, status } = departure
    return lastActivityElement({ seconds: seconds(this.#host.now() - at), ...(status === undefined ? {} : { status }) })
  }

  /** XEP-0012 §4: "the user's server MUST NOT deliver the IQ-get to an available resource but instead MUST return a forbidden". */
  guard(stanza: Stanza): Verdict | Promise<Verdict> {
    if (stanza.kind !== 'iq' || stanza.type !== 'get' || !stanza.to?.isFull || !stanza.from) return undefined
    if (!stanza.payload?.is('query', LAST_ACTIVITY_NAMESPACE)) return undefined
    if (stanza.from.bare.equals(stanza.to.bare)) return undefined
    const isAllowed = this.#host.isSubscribed(stanza.to.bare, stanza.from.bare)
    return isAllowed instanceof Promise ? isAllowed.then(verdict) : verdict(isAllowed)
  }
}

const verdict = (isAllowed: boolean): Verdict => (isAllowed ? undefined : new StanzaError('forbidden'))
const seconds = (milliseconds: number): number => Math.max(0, Math.floor(milliseconds / 1000))
