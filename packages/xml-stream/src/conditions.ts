export const STREAM_NAMESPACE = 'http://etherx.jabber.org/streams'
export const STREAM_ERROR_NAMESPACE = 'urn:ietf:params:xml:ns:xmpp-streams'
export const FRAMING_NAMESPACE = 'urn:ietf:params:xml:ns:xmpp-framing'
export const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace'
export const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/'

/** The conditions of RFC 6120 §4.9.3, in its order. */
export const STREAM_ERROR_CONDITIONS = [
  'bad-format',
  'bad-namespace-prefix',
  'conflict',
  'connection-timeout',
  'host-gone',
  'host-unknown',
  'improper-addressing',
  'internal-server-error',
  'invalid-from',
  'invalid-namespace',
  'invalid-xml',
  'not-authorized',
  'not-well-formed',
  'policy-violation',
  'remote-connection-failed',
  'reset',
  'resource-constraint',
  'restricted-xml',
  'see-other-host',
  'system-shutdown',
  'undefined-condition',
  'unsupported-encoding',
  'unsupported-feature',
  'unsupported-stanza-type',
  'unsupported-version',
] as const

export type StreamErrorCondition = (typeof STREAM_ERROR_CONDITIONS)[number]

const KNOWN: ReadonlySet<string> = new Set(STREAM_ERROR_CONDITIONS)

export const isStreamErrorCondition = (name: string): name is StreamErrorCondition => KNOWN.has(name)
