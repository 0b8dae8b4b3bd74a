import type { StreamLimits } from '@parlour/xml-stream'
import type { Patience } from './reading.ts'

/** How any stream that was accepted is bounded; see `ClientStreamOptions` for what each means. */
export interface AcceptedStreamOptions extends Partial<Patience> {
  readonly limitsBeforeAuthentication: StreamLimits
  readonly limits: StreamLimits
  readonly closingTimeout: number
  readonly maxOutboundBytes: number
  readonly inboundBytesPerSecond: number
  readonly inboundBurstBytes: number
}
