import { StorageError } from '@parlour/storage'
import type { Configuration } from '../configuration/schema.ts'
import type { ProgramNames } from '../terminal/start-text.ts'

/** A start that failed for a reason that the person at the keyboard can mend. */
class StartError extends Error {
  override readonly name = 'StartError'
}

/** Turns the failures of starting into what to do about them. */
export const explainStart =
  ({ dataFolder, listen, monitoring }: Configuration, { server: program, options }: ProgramNames) =>
  (error: unknown): never => {
    if (error instanceof StorageError && error.code === 'locked') {
      throw new StartError(
        `Another Parlour uses the data folder ${dataFolder} already.
  ${error.message}
  To see how it does: ${program} status${options}
  To run a second one: ${program} start --data-folder ./other-data, with other ports`,
        { cause: error },
      )
    }
    const code = codeOf(error)
    if (code === 'EADDRINUSE' || code === 'EACCES')
      throw new StartError(portText(code, error as Error, { ...listen, monitoring: monitoring.port }, program), {
        cause: error,
      })
    throw error
  }

function codeOf(error: unknown): string | undefined {
  const causes = [error, (error as Error | undefined)?.cause] as (NodeJS.ErrnoException | undefined)[]
  return causes.map((cause) => cause?.code).find((code) => code === 'EADDRINUSE' || code === 'EACCES')
}

interface Ports {
  readonly starttls: number | false
  readonly directTls: number | false
  readonly monitoring: number | false
}

const VARIABLES: Readonly<Record<keyof Ports, string>> = {
  starttls: 'PARLOUR_LISTEN_STARTTLS',
  directTls: 'PARLOUR_LISTEN_DIRECT_TLS',
  monitoring: 'PARLOUR_MONITORING_PORT',
}

function portText(code: string, error: Error, ports: Ports, program: string): string {
  const reason = code === 'EACCES' ? 'may not be opened by this user' : 'is taken by another program'
  const { port = ports.starttls || ports.directTls || 0 } = (error.cause ?? error) as { port?: number }
  const names = Object.keys(VARIABLES) as (keyof Ports)[]
  const others = names.filter((name) => ports[name]).map((name) => `${VARIABLES[name]}=${otherPort(ports[name])}`)
  return `Port ${port} ${reason}.
  To see by which: ss -ltnp 'sport = :${port}'   (macOS: lsof -iTCP:${port} -sTCP:LISTEN)
  To use other ports for now: ${others.join(' ')} ${program} start
  For good: listen.starttls, listen.directTls and monitoring.port in parlour.config.ts`
}

const otherPort = (port: number | false): number | false => (port === false ? false : (port % 50_000) + 10_000)
