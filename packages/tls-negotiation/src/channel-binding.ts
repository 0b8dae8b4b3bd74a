/** A channel binding type that can be made from what TLS tells: RFC 9266 and RFC 5929 §4, in order of preference. */
export type ChannelBindingKind = 'tls-exporter' | 'tls-server-end-point'

/** The part of a TLS connection that channel bindings are made from; `TlsSecurity` of @parlour/transport fits. */
export interface ChannelBindingSource {
  /** Keying material (RFC 5705); `undefined` where it is not unique to the connection (RFC 9266 §3). */
  exporter(label: string, length: number): Uint8Array | undefined
  /** The hash of the server's certificate (RFC 5929 §4.1). */
  serverEndPoint(): Uint8Array | undefined
}

/** All kinds, strongest first. */
export const CHANNEL_BINDING_KINDS: readonly ChannelBindingKind[] = ['tls-exporter', 'tls-server-end-point']

const derive: Record<ChannelBindingKind, (source: ChannelBindingSource) => Uint8Array | undefined> = {
  'tls-exporter': (source) => source.exporter('EXPORTER-Channel-Binding', 32), // RFC 9266 §2
  'tls-server-end-point': (source) => source.serverEndPoint(),
}

/**
 * The octets of each channel binding that this connection has, strongest first. The keys are what XEP-0440 announces;
 * the map is what @parlour/sasl takes.
 */
export function channelBindings(source: ChannelBindingSource | undefined): Map<ChannelBindingKind, Uint8Array> {
  const bindings = new Map<ChannelBindingKind, Uint8Array>()
  for (const kind of CHANNEL_BINDING_KINDS) {
    const octets = source && derive[kind](source)
    if (octets) bindings.set(kind, octets)
  }
  return bindings
}
