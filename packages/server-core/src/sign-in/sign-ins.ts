import type { SaslServer } from '@parlour/sasl'
import type { ThrottledAttempts } from '../sign-in-throttle.ts'
import type { SignIn } from '../stream/sign-in.ts'
import type { TokenConnection } from './token-sign-in.ts'

/** Makes, for each stream, how its client signs in. */
export interface SignIns {
  create(server: SaslServer, connection: TokenConnection, attempts: ThrottledAttempts): SignIn
}
