import { type Element, el } from '@parlour/xml'
import { SASL_NAMESPACE } from '../src/index.ts'

export const NS = SASL_NAMESPACE
export const octets = (text: string): Uint8Array => Buffer.from(text)
export const auth = (mechanism: string | undefined, text?: string): Element => el('auth', NS, { mechanism }, text)
/** The outcome's element, as text. */
export const sent = (outcome: unknown): string => String((outcome as { send?: Element }).send)
