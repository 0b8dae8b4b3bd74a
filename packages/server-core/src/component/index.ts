import { COMPONENT_NAMESPACE } from '@parlour/stream-negotiation'
import type { Connection } from '@parlour/transport'
import { AcceptedStream } from '../stream/accepted-stream.ts'
import type { ClientStream } from '../stream/kernel-port.ts'
import { CONTENT_NAMESPACE, ComponentNegotiation } from './component-negotiation.ts'
import { type ComponentKernel, type ComponentSession, Components, type ComponentsOptions } from './components.ts'
import { type ComponentStreamOptions, DEFAULT_COMPONENT_STREAM_OPTIONS } from './options.ts'

export type { ComponentStatus } from './component.ts'
export type { ComponentPort } from './component-port.ts'
export type { ComponentKernel, Components, ComponentsOptions } from './components.ts'
export { type ComponentSettings, type ComponentStreamOptions, DEFAULT_COMPONENT_STREAM_OPTIONS } from './options.ts'

/**
 * Tells a kernel of external components, which from then on are routed to: connected or not, their domains are the
 * server's. Their connections are given to {@link acceptComponentStream}.
 *
 * @throws {JidError} for a domain that is none; {RangeError} for one that is a host or is named twice
 */
export function serveComponents(kernel: ComponentKernel, options: ComponentsOptions): Components {
  const components = new Components(kernel, options)
  kernel.components = components
  void kernel.federation?.restore(components.list().map(({ domain }) => domain))
  return components
}

/**
 * Serves a component's connection that was just accepted (XEP-0114, `jabber:component:accept`): the handshake first,
 * then its stanzas are routed and those for its domain sent to it, until the connection is gone.
 *
 * @param options those left out are {@link DEFAULT_COMPONENT_STREAM_OPTIONS}
 */
export function acceptComponentStream(
  connection: Connection,
  options: Partial<ComponentStreamOptions>,
  components: Components,
): ClientStream {
  const all = { ...DEFAULT_COMPONENT_STREAM_OPTIONS, ...options }
  return new AcceptedStream<ComponentSession>(connection, all, components.kernel, {
    contentNamespace: COMPONENT_NAMESPACE,
    namespaces: {
      contentNamespaces: [COMPONENT_NAMESPACE],
      contentNamespace: CONTENT_NAMESPACE,
    },
    negotiate: (parts) => new ComponentNegotiation(parts, all, components),
    receive: (session, element) => session.receive(element),
  })
}
