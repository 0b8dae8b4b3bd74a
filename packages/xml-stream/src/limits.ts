import { type ParserLimits, WRITTEN_PARSER_LIMITS } from '@parlour/xml'

/** Bounds on what a peer may send; beyond one of them the stream ends with `policy-violation`. */
export interface StreamLimits {
  /** Octets of one first-level element, or of the header. RFC 6120 §13.12 wants at least 10000. */
  readonly maxStanzaBytes: number
  /** Elements open at a time within a first-level element, itself included. */
  readonly maxDepth: number
  /** Attributes of one element, declarations of namespaces included. */
  readonly maxAttributes: number
  /** Characters of a prefix or of a local name. */
  readonly maxNameLength: number
  /** Characters of a namespace name. */
  readonly maxNamespaceLength: number
  /** Nodes directly in one element. */
  readonly maxChildren: number
}

/** For a peer that is authenticated. */
export const DEFAULT_LIMITS: StreamLimits = Object.freeze({
  maxStanzaBytes: 262_144,
  maxDepth: 100,
  maxAttributes: 100,
  maxNameLength: 256,
  maxNamespaceLength: 1024,
  maxChildren: 10_000,
})

/** For a peer that is not authenticated yet: what negotiation needs, and the least that RFC 6120 §13.12 allows. */
export const UNAUTHENTICATED_LIMITS: StreamLimits = Object.freeze({
  maxStanzaBytes: 10_000,
  maxDepth: 16,
  maxAttributes: 32,
  maxNameLength: 128,
  maxNamespaceLength: 256,
  maxChildren: 64,
})

/**
 * For what one's own server hands on: it has taken it within {@link DEFAULT_LIMITS}, and written anew it can be several times as
 * long (`>` is written `&gt;`). Who refuses it ends the stream, gets it again on the next, and refuses it again.
 */
export const WRITTEN_LIMITS: StreamLimits = Object.freeze({
  maxStanzaBytes: WRITTEN_PARSER_LIMITS.maxBytes,
  maxDepth: WRITTEN_PARSER_LIMITS.maxDepth,
  maxAttributes: WRITTEN_PARSER_LIMITS.maxAttributes,
  maxNameLength: WRITTEN_PARSER_LIMITS.maxNameLength,
  maxNamespaceLength: WRITTEN_PARSER_LIMITS.maxNamespaceLength,
  maxChildren: WRITTEN_PARSER_LIMITS.maxChildren,
})

export function parserLimits(limits: StreamLimits): ParserLimits {
  const { maxStanzaBytes: maxBytes, maxDepth, maxAttributes, maxNameLength, maxNamespaceLength, maxChildren } = limits
  return { maxBytes, maxDepth, maxAttributes, maxNameLength, maxNamespaceLength, maxChildren }
}
