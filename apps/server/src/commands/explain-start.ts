import { StorageError } from '@parlour/storage'
import type { Configuration } from '../configuration/schema.ts'

/** A start that failed for a reason that the person at the keyboard can mend. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/** Turns the failures of starting into what to do about them. */
export const explainStart =
  ({ dataFolder, listen }: Configuration) =>
  (error: unknown): never => {
    if (error instanceof StorageError && error.code === 'locked') {
      throw new StartError(
        `Another Parlour uses the data folder ${dataFolder} already.
  ${error.message}
  To see how it does: parlour status${dataFolder === './parlour-data' ? '' : ` --data-folder ${dataFolder}`}
  To run a second one: parlour start --data-folder ./other-data, with other ports`,
        { cause: error },
      )
    }
    const code = codeOf(error)
    if (code === 'EADDRINUSE' || code === 'EACCES')
      throw new StartError(portText(code, error as Error, listen), { cause: error })
    throw error
  }

function codeOf(error: unknown): string | undefined {
  const causes = [error, (error as Error | undefined)?.cause] as (NodeJS.ErrnoException | undefined)[]
  return causes.map((cause) => cause?.code).find((code) => code === 'EADDRINUSE' || code === 'EACCES')
}

function portText(code: string, error: Error, { starttls, directTls }: Configuration['listen']): string {
  const reason = code === 'EACCES' ? 'may not be opened by this user' : 'is taken by another program'
  const { port = starttls || directTls || 0 } = (error.cause ?? error) as { port?: number }
  const others = { STARTTLS: starttls, DIRECT_TLS: directTls }
  const variables = Object.entries(others).map(([name, port]) => `PARLOUR_LISTEN_${name}=${otherPort(port)}`)
  return `Port ${port} ${reason}.
  To see by which: ss -ltnp 'sport = :${port}'
  To use other ports: ${variables.join(' ')} parlour start
  or set listen.starttls and listen.directTls in parlour.config.ts (see docs/configuration.md)`
}

const otherPort = (port: number | false): number | false => (port === false ? false : (port % 50_000) + 10_000)
