import { CLIENT_NAMESPACE } from '@parlour/stanza'
import { serialize } from '@parlour/xml'
import type { ManagedSession } from './managed-session.ts'
import type { SessionRecord } from './session-record.ts'

/** The record of a session as it is. @param detachedAt when its connection was lost */
export function recordOf(
  { session, terms, acknowledged }: ManagedSession,
  detachedAt: number | undefined,
): SessionRecord {
  const { resource, boundAt, language, isInterested, presence, remembered } = session
  return {
    ...(terms.token === undefined ? {} : { token: terms.token }),
    ...{ resource, boundAt, max: terms.max },
    ...(detachedAt === undefined ? {} : { detachedAt }),
    acknowledged,
    ...(language === undefined ? {} : { language }),
    isInterested,
    ...(presence === undefined ? {} : { presence: serialize(presence.element, CLIENT_NAMESPACE) }),
    remembered: Object.fromEntries(remembered),
  }
}
