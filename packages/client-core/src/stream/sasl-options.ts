import { CHANNEL_BINDING_NAMESPACE, readChannelBindings, type SaslClientOptions } from '@parlour/sasl'
import { channelBindings } from '@parlour/tls-negotiation'
import type { Connection } from '@parlour/transport'
import type { Element } from '@parlour/xml'
import type { OpenClientStreamOptions } from './options.ts'

/** What a SASL client needs to know of this stream; `offered` are the mechanisms. */
export function saslOptions(
  options: OpenClientStreamOptions,
  connection: Connection,
  features: Element,
  offered: readonly string[],
): SaslClientOptions {
  const { credentials, environment, jid } = options
  const bindings = features.child('sasl-channel-binding', CHANNEL_BINDING_NAMESPACE)
  return {
    ...(jid.local !== '' && { username: jid.local }),
    ...credentials,
    offered,
    tls: connection.security !== undefined,
    tlsVersion: connection.security?.protocol,
    channelBindings: channelBindings(connection.security),
    offeredChannelBindings: bindings && readChannelBindings(bindings),
    randomBytes: (length) => environment.randomBytes(length),
  }
}
