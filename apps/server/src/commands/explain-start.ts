import { StorageError } from '@parlour/storage'
import { variableOf } from '../configuration/environment.ts'
import { portsOf } from '../configuration/ports.ts'
import type { Configuration } from '../configuration/schema.ts'
import type { ProgramNames } from '../terminal/start-text.ts'

/** A start that failed for a reason that the person at the keyboard can mend. */
class StartError extends Error {
  override readonly name = 'StartError'
}

/** Turns the failures of starting into what to do about them. */
export const explainStart =
  (configuration: Configuration, programs: ProgramNames) =>
  (error: unknown): never => {
    const text = textOf(error, configuration, programs)
    throw text === undefined ? error : new StartError(text, { cause: error })
  }

function textOf(error: unknown, configuration: Configuration, programs: ProgramNames): string | undefined {
  if (error instanceof StorageError && error.code === 'locked') return lockedText(error, configuration, programs)
  const found = causesOf(error).find(({ code }) => code !== undefined && Object.hasOwn(REASONS, code))
  if (found?.syscall === 'listen' && (found.code === 'EADDRINUSE' || found.code === 'EACCES'))
    return portText(found, configuration, programs)
  return found && isOwnAddress(found, configuration) ? addressText(found) : undefined
}

const causesOf = (error: unknown): NodeJS.ErrnoException[] =>
  [error, (error as Error | undefined)?.cause].filter((each) => each instanceof Error)

function lockedText({ message }: Error, { dataFolder }: Configuration, { server, options }: ProgramNames): string {
  return `Another Parlour uses the data folder ${dataFolder} already.
  ${message}
  To see how it does: ${server} status${options}
  To run a second one: ${server} start --data-folder ./other-data, with other ports`
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another program',
  EACCES: 'may not be opened by this user',
  EADDRNOTAVAIL: 'is no address of this machine',
  ENOTFOUND: 'is no name that this machine knows an address of',
  EAI_AGAIN: 'is no name that this machine knows an address of',
}

function portText(fault: NodeJS.ErrnoException, configuration: Configuration, { server }: ProgramNames): string {
  const ports = portsOf(configuration)
  const { port = ports[0]?.port } = fault as { port?: number }
  const others = ports.map(({ setting, port: used }) => `${variableOf(setting.split('.'))}=${otherPort(used)}`)
  const settings = ports.map(({ setting }) => setting)
  return `Port ${port} ${REASONS[fault.code ?? '']}.
  To see by which: ss -ltnp 'sport = :${port}'   (macOS: lsof -iTCP:${port} -sTCP:LISTEN)
  To use other ports for now: ${others.join(' ')} ${server} start
  For good: ${settings.slice(0, -1).join(', ')}${settings.length > 1 ? ' and ' : ''}${settings.at(-1)} in parlour.config.ts`
}

const otherPort = (port: number): number => (port % 50_000) + 10_000

/** A plug-in may have asked for the address of another name: it speaks for itself. */
function isOwnAddress({ syscall, ...fault }: NodeJS.ErrnoException, { listen, monitoring }: Configuration): boolean {
  const { hostname } = fault as { hostname?: string }
  const names = [listen.address, listen.componentsAddress, monitoring.address]
  return syscall === 'listen' || (syscall === 'getaddrinfo' && hostname !== undefined && names.includes(hostname))
}

function addressText(fault: NodeJS.ErrnoException): string {
  const { address, hostname } = fault as { address?: string; hostname?: string }
  return `${address ?? hostname} ${REASONS[fault.code ?? '']}: see listen.address, listen.componentsAddress and monitoring.address.
  The addresses of this machine: ip -brief address   (macOS: ifconfig)`
}
