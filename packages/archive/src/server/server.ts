/** XEP-0313: Message Archive Management, version 1.1.3, with XEP-0441 and XEP-0059: the server half. */
import { RETRACTION_NAMESPACE, TOMBSTONE_FEATURE } from '@parlour/extensions/message-retraction'
import { defineServerModule, type IqRequest } from '@parlour/server-core'
import {
  ARCHIVE_EXTENDED_FEATURE,
  ARCHIVE_GROUPCHAT_FEATURE,
  ARCHIVE_NAMESPACE,
  FULLTEXT_NAMESPACE,
} from '../protocol/namespaces.ts'
import { preferencesElement, readPreferences } from '../protocol/preferences.ts'
import { queryFormElement } from '../protocol/query.ts'
import { RESULT_SET_NAMESPACE } from '../protocol/result-set.ts'
import { Archiving } from './archiving.ts'
import { configuration } from './configuration.ts'
import { ARCHIVE } from './entries.ts'
import { archivePart } from './portable.ts'
import { PreferenceStore } from './preference-store.ts'
import { Queries } from './queries.ts'
import { Retention } from './retention.ts'
import { Retractions } from './retractions.ts'

const ACCOUNT_FEATURES = [ARCHIVE_NAMESPACE, ARCHIVE_EXTENDED_FEATURE, ARCHIVE_GROUPCHAT_FEATURE]

/**
 * Archives what the accounts of a host send and receive, each message durably before it is acknowledged to its sender,
 * and answers their queries.
 */
export const archiveServer = defineServerModule({
  name: 'archive',
  implements: [
    { xep: 59, version: '1.0' },
    { xep: 313, version: '1.1.3' },
    { xep: 424, version: '0.4.2' },
    { xep: 431, version: '0.2.0' },
    { xep: 441, version: '0.2.0' },
  ],
  requires: ['stanza-ids'],
  config: configuration,
  async setup(host) {
    const preferences = new PreferenceStore(host)
    const retractions = new Retractions(host)
    const retention = new Retention(host)
    const archiving = new Archiving(host, preferences, retractions.archived)
    const queries = new Queries(host)
    // Names the archive, so that it goes with its account also when nothing was archived since the start.
    host.archive.remove(ARCHIVE, host.domain, [])
    await retractions.resume()
    retention.start()
    // §8.1: who may not ask is answered `forbidden`.
    const options = { refusal: 'forbidden' } as const
    return [
      host.portable(archivePart(host)),
      ...ACCOUNT_FEATURES.map((feature) => host.discovery.advertise(feature, 'account')),
      host.discovery.advertise(RESULT_SET_NAMESPACE, 'server', 'account'),
      host.discovery.advertise(RETRACTION_NAMESPACE, 'server', 'account'),
      host.discovery.advertise(TOMBSTONE_FEATURE, 'server', 'account'),
      ...(host.config.search ? [host.discovery.advertise(FULLTEXT_NAMESPACE, 'account')] : []),
      host.on('rewrite', archiving.identify, { direction: 'inbound', after: ['stanza-ids'] }),
      host.on('archive', archiving.received, { direction: 'inbound' }),
      host.on('archive', archiving.sent, { direction: 'outbound' }),
      host.iq.set(ARCHIVE_NAMESPACE, 'query', queries.answer, options),
      host.iq.get(ARCHIVE_NAMESPACE, 'query', () => queryFormElement(host.config.search), options),
      host.iq.get(ARCHIVE_NAMESPACE, 'metadata', queries.metadata, options),
      // XEP-0386 §3.2: where the archive stands when the resource is bound.
      host.bindFeature({
        namespace: ARCHIVE_NAMESPACE,
        isListed: false,
        bound: (session) => queries.extent(session.account),
      }),
      host.iq.get(
        ARCHIVE_NAMESPACE,
        'prefs',
        async ({ to }: IqRequest) => preferencesElement(await preferences.of(to.toString())),
        options,
      ),
      host.iq.set(
        ARCHIVE_NAMESPACE,
        'prefs',
        async ({ to, payload }: IqRequest) =>
          preferencesElement(await preferences.change(to.toString(), readPreferences(payload))),
        options,
      ),
      () => retractions.close(),
      () => retention.close(),
      host.on('accountCreated', (account) => preferences.forget(account.toString())),
      host.on('accountRemoved', (account) => preferences.forget(account.toString())),
    ]
  },
})
