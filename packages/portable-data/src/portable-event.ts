import type { Element } from '@parlour/xml'

/** The name of an element, with its namespace. */
export interface ElementName {
  readonly name: string
  readonly namespace: string
}

/**
 * What a document says, in its order: hosts, in them users, in them items. A host or user lasts until its end, which the
 * writer may be spared: a new one ends the former.
 */
export type PortableEvent =
  /** A domain (XEP-0227 §4.1). */
  | { readonly type: 'host'; readonly domain: string }
  | { readonly type: 'host-end' }
  /** An account: the localpart, and its password where the document has it in plain text (§4.2). */
  | { readonly type: 'user'; readonly name: string; readonly password?: string }
  /** A child of `<user/>`, or where `within` is set, a child of such a child: a message of `<offline-messages/>`. */
  | { readonly type: 'item'; readonly element: Element; readonly within?: ElementName }
  | { readonly type: 'user-end' }

/** What the reader found, besides what it is for. */
export type FoundEvent =
  | PortableEvent
  /** An element outside of users that the format does not know (§4: ignored, and the operator told). */
  | { readonly type: 'unknown'; readonly name: ElementName; readonly line: number }
  /** Another file is to be read here (§5). */
  | { readonly type: 'include'; readonly href: string }

/** Where an element stands: the document itself, or inside of one of these. A file that is included stands where it is included. */
export type Place = 'document' | 'server-data' | 'host' | 'user'
