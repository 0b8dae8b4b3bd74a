import type { StreamLimits } from '@parlour/xml-stream'

/** How any stream that was accepted is bounded; see `ClientStreamOptions` for what each means. */
export interface AcceptedStreamOptions {
  readonly limitsBeforeAuthentication: StreamLimits
  readonly limits: StreamLimits
  readonly closingTimeout: number
  readonly maxOutboundBytes: number
  readonly inboundBytesPerSecond: number
  readonly inboundBurstBytes: number
}
