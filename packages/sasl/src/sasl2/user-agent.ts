import { type Element, el } from '@parlour/xml'

const NAMESPACE = 'urn:xmpp:sasl:2'

/** What a client tells of itself (XEP-0388 §2.3). Servers show it to the account's owner only. */
export interface UserAgent {
  /** A UUID of version 4, the same for the life of the installation. */
  readonly id?: string | undefined
  /** Name of the software. */
  readonly software?: string | undefined
  /** Name of the device that it runs on. */
  readonly device?: string | undefined
}

/** `<user-agent/>`. */
export const userAgentElement = ({ id, software, device }: UserAgent): Element =>
  el(
    'user-agent',
    NAMESPACE,
    { id },
    software !== undefined && el('software', NAMESPACE, {}, software),
    device !== undefined && el('device', NAMESPACE, {}, device),
  )

/** The `<user-agent/>` of an `<authenticate/>`; empty values are left out. */
export function readUserAgent(authenticate: Element): UserAgent | undefined {
  const element = authenticate.child('user-agent', NAMESPACE)
  if (!element) return undefined
  const id = element.attribute('id')
  const software = element.childText('software', NAMESPACE)
  const device = element.childText('device', NAMESPACE)
  return { ...(id && { id }), ...(software && { software }), ...(device && { device }) }
}
