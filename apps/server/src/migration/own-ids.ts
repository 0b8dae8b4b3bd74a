import { Element } from '@parlour/xml'

/** The message without the ids which the archive of its former server gave it: here it has others (XEP-0359, XEP-0313). */
export function withoutOwnIds(message: Element): Element {
  const account = message.attribute('to')?.split('/', 1)[0]
  const isOwn = (child: Element): boolean =>
    (child.is('stanza-id', 'urn:xmpp:sid:0') || child.is('archived', 'urn:xmpp:mam:tmp')) &&
    child.attribute('by') === account
  const children = message.children.filter((child) => typeof child === 'string' || !isOwn(child))
  return children.length === message.children.length
    ? message
    : new Element(message.name, message.namespace, message.attributes, children)
}
