/** XEP-0494: Client Access Management, version 0.1.0. */
import { type Element, el } from '@parlour/xml'
import { dateTime, readDateTime } from '../date-time/wire.ts'

/** Namespace of Client Access Management. */
export const CLIENT_ACCESS_NAMESPACE = 'urn:xmpp:cam:0'

const WAYS = ['password', 'grant', 'fast'] as const
const PERMISSIONS = ['unrestricted', 'normal', 'restricted'] as const

/** How a client has gained access (XEP-0494 §3.1): by the password, by a grant as of OAuth, or by tokens (XEP-0484). */
export type WayOfAccess = (typeof WAYS)[number]

/** `normal`: but for what concerns access itself; `restricted`: in some other way (XEP-0494 §3.1). */
export type AccessPermission = (typeof PERMISSIONS)[number]

/** A client that has access to the account (XEP-0494 §3.1). */
export interface ClientWithAccess {
  /** By which its access is revoked; says nothing else. */
  readonly id: string
  /** It has a session, or one that may yet be resumed. */
  readonly isConnected: boolean
  /** `access`: it never had a session. */
  readonly type: 'session' | 'access'
  /** Milliseconds since 1970: when it was first granted access, and when it used that last. */
  readonly firstSeen?: number | undefined
  readonly lastSeen?: number | undefined
  readonly ways: readonly WayOfAccess[]
  readonly permission: AccessPermission
  readonly software?: string | undefined
  /** Of its home page, say; whoever shows it as a link decides whether that is safe. */
  readonly uri?: string | undefined
  readonly device?: string | undefined
}

/** The request for the list (XEP-0494 §3.1). */
export const listClientsElement = (): Element => el('list', CLIENT_ACCESS_NAMESPACE)

/** The list (XEP-0494 §3.1). */
export const clientsElement = (clients: Iterable<ClientWithAccess>): Element =>
  el('clients', CLIENT_ACCESS_NAMESPACE, {}, ...[...clients].map(clientElement))

/** The request to revoke the access of a client (XEP-0494 §3.2). */
export const revokeElement = (id: string): Element => el('revoke', CLIENT_ACCESS_NAMESPACE, { id })

/** Says in an error that the password has to be changed first (XEP-0494 §3.2). */
export const passwordResetRequiredElement = (): Element => el('password-reset-required', CLIENT_ACCESS_NAMESPACE)

function clientElement(client: ClientWithAccess): Element {
  const { id, isConnected, type, firstSeen, lastSeen, ways, permission } = client
  return own(
    'client',
    { connected: `${isConnected}`, id, type },
    firstSeen !== undefined && own('first-seen', {}, dateTime(firstSeen)),
    lastSeen !== undefined && own('last-seen', {}, dateTime(lastSeen)),
    own('auth', {}, ...ways.map((way) => own(way))),
    own('permission', { status: permission }),
    userAgentElement(client),
  )
}

const own = (name: string, attributes = {}, ...children: Parameters<typeof el>[3][]): Element =>
  el(name, CLIENT_ACCESS_NAMESPACE, attributes, ...children)

function userAgentElement({ software, uri, device }: ClientWithAccess): Element | undefined {
  const known = Object.entries({ software, uri, device }).filter(([, text]) => text)
  return known.length > 0 ? own('user-agent', {}, ...known.map(([name, text]) => own(name, {}, text))) : undefined
}

/** The clients of a list; one without an id is left out, and what is not known of the others. */
export const readClients = (list: Element): ClientWithAccess[] =>
  list.childrenNamed('client', CLIENT_ACCESS_NAMESPACE).flatMap((element) => readClient(element) ?? [])

function readClient(element: Element): ClientWithAccess | undefined {
  const id = element.attribute('id')
  if (!id) return undefined
  const auth = element.child('auth')
  const userAgent = element.child('user-agent')
  const status = element.child('permission')?.attribute('status')
  return {
    id,
    isConnected: ['true', '1'].includes(element.attribute('connected') ?? ''),
    type: element.attribute('type') === 'access' ? 'access' : 'session',
    firstSeen: readDateTime(element.childText('first-seen') ?? ''),
    lastSeen: readDateTime(element.childText('last-seen') ?? ''),
    ways: WAYS.filter((way) => auth?.child(way)),
    // What cannot be understood restricts in some way that is not known here.
    permission: PERMISSIONS.find((known) => known === status) ?? 'restricted',
    software: userAgent?.childText('software') || undefined,
    uri: userAgent?.childText('uri') || undefined,
    device: userAgent?.childText('device') || undefined,
  }
}

/** The id of the client whose access is to be revoked, if there is one. */
export const readRevoke = (element: Element): string | undefined => element.attribute('id') || undefined
