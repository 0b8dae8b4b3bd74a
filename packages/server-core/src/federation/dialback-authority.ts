import { type DialbackOutcome, dialbackError, type VerifyRequest, verifyDialbackKey } from '@parlour/dialback'
import type { FederationKernel } from './federation-context.ts'

/**
 * As the authoritative server (XEP-0220 §2.2.2): did one of our domains make this key? Nothing is remembered of keys:
 * what they are made of says it (XEP-0185 §2).
 */
export async function answerVerification(
  { from, to, id, key }: VerifyRequest,
  kernel: FederationKernel,
): Promise<DialbackOutcome> {
  if (!kernel.isOwn(to)) return dialbackError('target-unknown')
  const secret = await kernel.dialbackSecret()
  const isOurs = await verifyDialbackKey(secret, { receiving: from, originating: to, streamId: id }, key)
  return { type: isOurs ? 'valid' : 'invalid' }
}
