/** XEP-0030: Service Discovery, version 2.5.0. */
import { type Element, el } from '@parlour/xml'

export const DISCO_INFO_NAMESPACE = 'http://jabber.org/protocol/disco#info'
export const DISCO_ITEMS_NAMESPACE = 'http://jabber.org/protocol/disco#items'

/** What an entity is (XEP-0030 §3.1). */
export interface DiscoIdentity {
  readonly category: string
  readonly type: string
  readonly name?: string
  /** `xml:lang` of {@link name}. */
  readonly lang?: string
}

/** What an entity is and can do (XEP-0030 §3.1). */
export interface DiscoInfo {
  readonly node?: string
  readonly identities: readonly DiscoIdentity[]
  readonly features: readonly string[]
  /** Data forms with further details (XEP-0128), as they are. */
  readonly extensions: readonly Element[]
}

/** An entity, or a node of one, that belongs to the one that was asked (XEP-0030 §4.1). */
export interface DiscoItem {
  readonly jid: string
  readonly node?: string
  readonly name?: string
}

const DATA_FORM_NAMESPACE = 'jabber:x:data'

export function discoInfoRequest(node?: string): Element {
  return el('query', DISCO_INFO_NAMESPACE, { node })
}

export function discoItemsRequest(node?: string): Element {
  return el('query', DISCO_ITEMS_NAMESPACE, { node })
}

export function discoInfoElement({ node, identities, features, extensions }: DiscoInfo): Element {
  return el(
    'query',
    DISCO_INFO_NAMESPACE,
    { node },
    ...identities.map(({ category, type, name, lang }) =>
      el('identity', DISCO_INFO_NAMESPACE, { category, type, name, 'xml:lang': lang }),
    ),
    ...features.map((feature) => el('feature', DISCO_INFO_NAMESPACE, { var: feature })),
    ...extensions,
  )
}

/** Reads a `disco#info` answer; identities without category or type and features without name are left out. */
export function readDiscoInfo(query: Element): DiscoInfo {
  const node = query.attribute('node')
  return {
    ...(node === undefined ? {} : { node }),
    identities: query.childrenNamed('identity').flatMap(readIdentity),
    features: query.childrenNamed('feature').flatMap((feature) => feature.attribute('var') ?? []),
    extensions: query.childrenNamed('x', DATA_FORM_NAMESPACE),
  }
}

export function discoItemsElement(items: readonly DiscoItem[], node?: string): Element {
  const children = items.map((item) =>
    el('item', DISCO_ITEMS_NAMESPACE, { jid: item.jid, node: item.node, name: item.name }),
  )
  return el('query', DISCO_ITEMS_NAMESPACE, { node }, ...children)
}

/** Reads a `disco#items` answer; items without an address are left out. */
export function readDiscoItems(query: Element): DiscoItem[] {
  return query.childrenNamed('item').flatMap((item) => {
    const { jid, node, name } = item.attributes
    return jid === undefined
      ? []
      : [{ jid, ...(node === undefined ? {} : { node }), ...(name === undefined ? {} : { name }) }]
  })
}

function readIdentity(identity: Element): DiscoIdentity[] {
  const { category, type, name } = identity.attributes
  const lang = identity.attribute('xml:lang')
  if (!category || !type) return []
  return [{ category, type, ...(name === undefined ? {} : { name }), ...(lang === undefined ? {} : { lang }) }]
}
