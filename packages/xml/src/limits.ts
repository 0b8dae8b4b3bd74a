/** Bounds on what a parser takes; beyond one of them it raises `limit-exceeded`. */
export interface ParserLimits {
  /** Octets (UTF-8) of one delivered element, or of a root start tag with what stands before it. */
  readonly maxBytes: number
  /** Elements open at a time, the delivered one included. */
  readonly maxDepth: number
  /** Attributes of one element, declarations included. */
  readonly maxAttributes: number
  /** UTF-16 units of a prefix or a local name. */
  readonly maxNameLength: number
  /** UTF-16 units of a namespace name. */
  readonly maxNamespaceLength: number
  /** Nodes (elements and runs of text) directly in one element. */
  readonly maxChildren: number
}

/** Bounds that fit stanzas of XMPP: 256 KiB, and what no real stanza comes near. */
export const DEFAULT_PARSER_LIMITS: ParserLimits = Object.freeze({
  maxBytes: 262_144,
  maxDepth: 100,
  maxAttributes: 100,
  maxNameLength: 256,
  maxNamespaceLength: 1024,
  maxChildren: 10_000,
})

/**
 * Bounds for what `serialize` has made of elements that were read within {@link DEFAULT_PARSER_LIMITS}: references are longer than
 * what they stand for, and what was declared once, outside, is declared by each element for its attributes.
 */
export const WRITTEN_PARSER_LIMITS: ParserLimits = Object.freeze({
  ...DEFAULT_PARSER_LIMITS,
  maxBytes: 16_777_216,
  maxDepth: 1000,
  maxAttributes: 1000,
  maxChildren: 1_000_000,
})
