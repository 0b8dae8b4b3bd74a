import { el } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import { SM_NAMESPACE } from './namespaces.ts'

/** `h` counts modulo this: 2^32 − 1 is followed by 0 (XEP-0198 §4). */
export const HANDLED_COUNT_MODULUS = 2 ** 32

/** Reads an `xs:unsignedInt` (XEP-0198 §13); `undefined` when the text is none. */
export function readHandledCount(text: string | undefined): number | undefined {
  if (text === undefined || !/^\s*\+?\d{1,32}\s*$/.test(text)) return undefined
  const count = Number(text)
  return count < HANDLED_COUNT_MODULUS ? count : undefined
}

/**
 * The stream error for a peer that acknowledged more than it was sent (XEP-0198 §6): `undefined-condition` with
 * `<handled-count-too-high/>`.
 *
 * @param h what the peer said
 * @param sendCount stanzas sent so far, modulo 2^32
 */
export function handledCountTooHigh(h: number, sendCount: number): StreamError {
  return new StreamError(
    'undefined-condition',
    `You acknowledged ${h} stanzas, but I only sent you ${sendCount} so far.`,
    {
      application: el('handled-count-too-high', SM_NAMESPACE, { h: String(h), 'send-count': String(sendCount) }),
      lang: 'en',
    },
  )
}

/** Whether a stream error that was received has `<handled-count-too-high/>` (XEP-0198 §6). */
export function isHandledCountTooHigh(error: StreamError): boolean {
  return error.application?.is('handled-count-too-high', SM_NAMESPACE) ?? false
}
