/** XEP-0160: Best Practices for Handling Offline Messages, version 1.0.1. */
import { defineServerModule } from '@parlour/server-core'
import * as v from 'valibot'
import { waitingMessages } from './discarding.ts'
import { declareMailboxes } from './mailbox.ts'
import { OfflineMessages } from './offline-messages.ts'
import { offlinePart } from './portable.ts'
import { retractStored } from './retraction.ts'
import { keepUndelivered } from './undelivered.ts'
import { OFFLINE_FEATURE } from './wire.ts'

export { type KeptElsewhere, type WaitingMessages, waitingMessages } from './discarding.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

const configuration = v.strictObject({
  maxMessages: v.pipe(v.optional(count, 1000), v.description('messages kept for one account')),
  maxBytes: v.pipe(v.optional(count, 16_777_216), v.description('size of the messages kept for one account')),
})

/**
 * Messages to accounts that have no session to take them are stored durably before they are acknowledged, and
 * delivered when a session becomes available with a priority that is not negative (XEP-0160 §2).
 */
export const offlineServer = defineServerModule({
  name: 'offline',
  implements: [
    { xep: 160, version: '1.0.1' },
    { xep: 203, version: '2.0' },
    { xep: 334, version: '1.0.0' },
  ],
  config: configuration,
  async setup(host) {
    declareMailboxes(host)
    const messages = new OfflineMessages(host)
    const retract = retractStored(host)
    return [
      host.portable(offlinePart(host, messages)),
      host.discovery.advertise(OFFLINE_FEATURE),
      host.on('offline', (event) => (event.former ? retract(event) : undefined)),
      host.on('offline', (event) => messages.store(event)),
      host.on('archive', retract, { direction: 'inbound' }),
      // The last: what a session's coming changes must not change between this and the delivery.
      host.on('archive', messages.queue, { direction: 'inbound', after: ['archive', 'push'] }),
      host.on('deliver', messages.withhold),
      host.on('sessionAvailable', (session) => messages.deliverTo(session)),
      host.on('presenceChanged', (session) => messages.deliverTo(session)),
      host.on('sessionClosed', (session) => messages.gone(session)),
      ...(await keepUndelivered(host)),
      host.on('accountRemoved', (account) => messages.forget(account.toString())),
      host.provide(waitingMessages, messages),
      () => messages.close(),
    ]
  },
})
