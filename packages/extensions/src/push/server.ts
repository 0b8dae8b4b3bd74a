/**
 * XEP-0357: Push Notifications, version 0.4.1: devices that are not there hear of messages by their push service, of how
 * many there are and no more, unless operator and account allow it.
 */
import type { Jid } from '@parlour/jid'
import { defineServerModule } from '@parlour/server-core'
import { clientStates } from '../client-state-indication/states.ts'
import { commands } from '../commands/command.ts'
import { displayedStates } from '../displayed-synchronization/states.ts'
import { pushConfiguration } from './configuration.ts'
import { contentCommand } from './content.ts'
import { PushNotifications } from './notifications.ts'
import { pushPart } from './portable.ts'
import { PUSH_NAMESPACE } from './wire.ts'

export const pushServer = defineServerModule({
  name: 'push',
  implements: [{ xep: 357, version: '0.4.1' }],
  requires: ['client-state-indication', 'commands', 'displayed-synchronization'],
  config: pushConfiguration,
  setup(host) {
    const states = host.use(clientStates)
    const push = new PushNotifications(host, states)
    const forget = (account: Jid) => push.accounts.forget(account.toString())
    const { content } = host.config
    return [
      host.portable(pushPart(push.accounts, host.config.maxServices)),
      host.discovery.advertise(PUSH_NAMESPACE, 'account'),
      host.iq.set(PUSH_NAMESPACE, 'enable', (request) => push.enable(request)),
      host.iq.set(PUSH_NAMESPACE, 'disable', (request) => push.disable(request)),
      host.on('guard', push.guard, { direction: 'inbound' }),
      host.on('archive', push.prepare, { direction: 'inbound' }),
      host.on('messageReceived', push.received),
      host.on('messageSent', push.sent),
      host.on('subscriptionRequested', push.requested),
      host.on('sessionDetached', push.detached),
      host.on('sessionResumed', (session) => push.present(session)),
      host.on('sessionAvailable', (session) => push.present(session)),
      states.onChange((session) => push.present(session)),
      host.use(displayedStates).onChange((change) => push.displayed(change)),
      host.on('accountCreated', forget),
      host.on('accountRemoved', forget),
      ...(content === 'count' ? [] : [host.use(commands).add(contentCommand(content, push.contents))]),
      () => push.close(),
    ]
  },
})
