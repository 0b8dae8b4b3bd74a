/** XEP-0313: Message Archive Management, version 1.1.3, with XEP-0441 and XEP-0059: the server half. */
import { RETRACTION_NAMESPACE, TOMBSTONE_FEATURE } from '@parlour/extensions/message-retraction'
import { sentMessageIds } from '@parlour/extensions/stanza-ids/server'
import { defineServerModule, type IqRequest, type ModuleHost, type Registration } from '@parlour/server-core'
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
import { CatchUp } from './catch-up.ts'
import { type ArchiveConfiguration, configuration } from './configuration.ts'
import { ARCHIVE } from './entries.ts'
import { archivePart } from './portable.ts'
import { PreferenceStore } from './preference-store.ts'
import { preferencesPart } from './preferences-part.ts'
import { Queries } from './queries.ts'
import { Retention } from './retention.ts'
import { Retractions } from './retractions.ts'
import { UnderWay } from './under-way.ts'

export { ImportedIds } from './imported-ids.ts'

type Host = ModuleHost<ArchiveConfiguration>

const SHARED_FEATURES = [RESULT_SET_NAMESPACE, RETRACTION_NAMESPACE, TOMBSTONE_FEATURE]
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
    const underWay = new UnderWay(host)
    const catchUp = new CatchUp(host)
    const archiving = new Archiving(host, preferences, underWay, retractions.archived)
    // Names the archive, so that it goes with its account also when nothing was archived since the start.
    host.archive.remove(ARCHIVE, host.domain, [])
    await retractions.resume()
    retention.start()
    return [
      host.portable(preferencesPart(preferences)),
      host.portable(archivePart(host)),
      ...announce(host),
      ...answer(host, catchUp, new Queries(host, catchUp, underWay), preferences),
      host.provide(sentMessageIds, archiving),
      host.on('rewrite', archiving.identify, { direction: 'inbound', after: ['stanza-ids'] }),
      host.on('archive', archiving.received, { direction: 'inbound' }),
      host.on('archive', archiving.sent, { direction: 'outbound' }),
      () => retractions.close(),
      () => retention.close(),
      host.on('accountCreated', (account) => preferences.forget(account.toString())),
      host.on('accountRemoved', (account) => preferences.forget(account.toString())),
    ]
  },
})

function announce({ discovery, config }: Host): Registration[] {
  return [
    ...ACCOUNT_FEATURES.map((feature) => discovery.advertise(feature, 'account')),
    ...SHARED_FEATURES.map((feature) => discovery.advertise(feature, 'server', 'account')),
    ...(config.search ? [discovery.advertise(FULLTEXT_NAMESPACE, 'account')] : []),
  ]
}

function answer(host: Host, catchUp: CatchUp, queries: Queries, preferences: PreferenceStore): Registration[] {
  const get = async ({ to }: IqRequest) => preferencesElement(await preferences.of(to.toString()))
  const set = async ({ to, payload }: IqRequest) =>
    preferencesElement(await preferences.change(to.toString(), readPreferences(payload)))
  // §8.1: who may not ask is answered `forbidden`.
  const options = { refusal: 'forbidden' } as const
  return [
    host.iq.set(ARCHIVE_NAMESPACE, 'query', queries.answer, options),
    host.iq.get(ARCHIVE_NAMESPACE, 'query', () => queryFormElement(host.config.search), options),
    host.iq.get(ARCHIVE_NAMESPACE, 'metadata', queries.metadata, options),
    host.iq.get(ARCHIVE_NAMESPACE, 'prefs', get, options),
    host.iq.set(ARCHIVE_NAMESPACE, 'prefs', set, options),
    // XEP-0386 §3.2: where the archive stands when the resource is bound.
    host.bindFeature({
      namespace: ARCHIVE_NAMESPACE,
      isListed: false,
      bound: async (session) => {
        await catchUp.bound(session)
        return queries.extent(session.account)
      },
    }),
  ]
}
