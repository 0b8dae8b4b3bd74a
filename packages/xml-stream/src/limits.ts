import type { ParserLimits } from '@parlour/xml'

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

export function parserLimits(limits: StreamLimits): ParserLimits {
  const { maxStanzaBytes: maxBytes, maxDepth, maxAttributes, maxNameLength, maxNamespaceLength, maxChildren } = limits
  return { maxBytes, maxDepth, maxAttributes, maxNameLength, maxNamespaceLength, maxChildren }
}
