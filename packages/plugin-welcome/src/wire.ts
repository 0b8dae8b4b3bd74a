/** The protocol of this plug-in: one element, got and set by IQ. */
import { type Element, el } from '@parlour/xml'

/** What disco announces, and the namespace of {@link noticeElement}. */
export const WELCOME_NAMESPACE = 'urn:parlour:welcome:0'

/** `<notice xmlns='urn:parlour:welcome:0'>…</notice>`; without a text it asks for the notice. */
export const noticeElement = (text?: string): Element => el('notice', WELCOME_NAMESPACE, {}, text)
