import type { Element } from './element.ts'
import type { ParserLimits } from './limits.ts'
import type { Renaming } from './renaming.ts'

/** Who receives what an `XmlParser` finds. */
export interface XmlSink {
  /**
   * The start tag of a root that stays open; its name and the default namespace as written there, and the namespaces
   * that are declared there with a prefix.
   */
  open?(root: Element, qualifiedName: string, defaultNamespace: string, declared: readonly string[]): void
  /** A complete element: the root, or a child of the open root. */
  element(element: Element): void
  /** The end tag of an open root. */
  close?(): void
}

/** What kind of documents an `XmlParser` reads. */
export interface XmlParserOptions {
  /** The root stays open and its children are delivered one by one, as in an XMPP stream. Default `false`. */
  readonly open?: boolean
  readonly limits?: ParserLimits
  /**
   * With an open root: inside it, elements in the namespace `from` are delivered as in `to`, wherever and however it was
   * declared. A child of the root that is written in `to` is delivered as in `from`, so that the two are not taken for each
   * other there. It costs nothing for elements without declarations.
   */
  readonly renaming?: Renaming | undefined
}
