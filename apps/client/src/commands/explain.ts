import { ClientError, type ClientErrorCode } from '@parlour/client-core'
import { SaslError } from '@parlour/sasl'
import { StanzaError } from '@parlour/stanza'
import { TransportError } from '@parlour/transport'
import { StreamError } from '@parlour/xml-stream'
import { plainText } from '../terminal/plain-text.ts'
import { EXIT } from './command.ts'

/** An error in words for people, and what the program exits with. */
export interface Explanation {
  readonly lines: readonly string[]
  readonly exitCode: number
}

const EXIT_CODES: Readonly<Record<ClientErrorCode, number>> = {
  'authentication-failed': EXIT.authentication,
  'resolution-failed': EXIT.connection,
  'connection-failed': EXIT.connection,
  'tls-failed': EXIT.connection,
  'negotiation-failed': EXIT.connection,
  'stream-error': EXIT.connection,
  'connection-lost': EXIT.connection,
  'keepalive-timeout': EXIT.connection,
  disconnected: EXIT.connection,
  timeout: EXIT.timeout,
  aborted: EXIT.failed,
  closed: EXIT.failed,
  overflow: EXIT.failed,
  'not-acknowledged': EXIT.failed,
}

/** What to say of an error. Texts of servers are stripped of control characters. */
export function explain(error: unknown): Explanation {
  if (error instanceof ClientError) return { lines: ofClient(error).map(plainText), exitCode: EXIT_CODES[error.code] }
  if (error instanceof StanzaError) return { lines: [plainText(`refused: ${told(error)}`)], exitCode: EXIT.failed }
  return { lines: [plainText(error instanceof Error ? error.message : String(error))], exitCode: EXIT.failed }
}

function ofClient(error: ClientError): string[] {
  const { code, cause, message } = error
  if (code === 'authentication-failed') return [ofAuthentication(error)]
  if (code === 'tls-failed')
    return [
      `no secure connection: ${message}`,
      ...(isCertificate(cause) ? ["A development server's authority is trusted with --ca <file>."] : []),
    ]
  if (cause instanceof StreamError) return [`the server ended the stream: ${told(cause)}`]
  if (code === 'timeout') return ['no answer came in time']
  return [`no connection: ${message}`]
}

function ofAuthentication({ cause, message }: ClientError): string {
  if (!(cause instanceof SaslError)) return `signing in failed: ${message}`
  if (cause.condition === 'not-authorized') return 'signing in failed: wrong account or password'
  const said = cause.text === undefined ? '' : ` (${cause.text})`
  return `signing in failed: ${cause.condition ?? cause.message}${said}`
}

function isCertificate(cause: unknown): boolean {
  if (cause instanceof AggregateError)
    return cause.errors.some((error: unknown) => isCertificate((error as Error).cause))
  return cause instanceof TransportError && cause.code === 'certificate'
}

/** The condition, readable, with the text that came along. */
function told({ condition, text }: StanzaError | StreamError): string {
  const words = condition.replaceAll('-', ' ')
  return text ? `${words}: ${text}` : words
}
