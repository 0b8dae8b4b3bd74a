import { isFederated } from '../federation/options.ts'
import type { ConfigurationFault } from './fault.ts'
import type { Configuration } from './schema.ts'

/** Where components connect without a setting, as is usual. */
export const DEFAULT_COMPONENT_PORT = 5347

/** A port that a server opens. */
export interface OpenedPort {
  /** The setting that says so, such as `listen.starttls`. */
  readonly setting: string
  readonly port: number
  /** `undefined`: all addresses. */
  readonly address: string | undefined
}

/** Each port that is opened; not those that are taken as they are free. */
export function portsOf(configuration: Configuration): OpenedPort[] {
  const { listen, monitoring, components } = configuration
  const isWithServers = isFederated(configuration)
  const { address } = listen
  const component = components.length > 0 && (listen.components ?? DEFAULT_COMPONENT_PORT)
  const ports = [
    { setting: 'listen.starttls', port: listen.starttls, address },
    { setting: 'listen.directTls', port: listen.directTls, address },
    { setting: 'listen.server', port: isWithServers && listen.server, address },
    { setting: 'listen.serverDirectTls', port: isWithServers && listen.serverDirectTls, address },
    { setting: 'listen.components', port: component, address: listen.componentsAddress },
    { setting: 'monitoring.port', port: monitoring.port, address: monitoring.address },
  ]
  return ports.filter((each): each is OpenedPort => each.port !== false && each.port !== 0)
}

/** One port for two things. */
export function portFaults(configuration: Configuration): ConfigurationFault[] {
  const ports = portsOf(configuration)
  return ports.flatMap(({ setting: path, port, address }, at) => {
    const holder = ports.slice(0, at).find((other) => other.port === port && isShared(other.address, address))
    return holder ? [{ path, reason: `is ${port}, as ${holder.setting} is: each takes a port of its own` }] : []
  })
}

const isShared = (one: string | undefined, other: string | undefined): boolean =>
  one === undefined || other === undefined || one === other
