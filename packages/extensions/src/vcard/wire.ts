/** XEP-0054: vcard-temp, version 1.3.0. */
import { type Element, el } from '@parlour/xml'

export const VCARD_NAMESPACE = 'vcard-temp'

/** What most clients show of a vCard; the element has the rest. */
export interface VcardSummary {
  readonly fullName?: string
  readonly nickname?: string
  readonly photo?: { readonly type: string; readonly base64: string }
}

export function vcardRequest(): Element {
  return el('vCard', VCARD_NAMESPACE)
}

/** The summary as a whole vCard: whatever else was in the old one is gone (XEP-0054 §3.2). */
export function vcardElement({ fullName, nickname, photo }: VcardSummary): Element {
  const child = (name: string, text: string) => el(name, VCARD_NAMESPACE, {}, text)
  return el(
    'vCard',
    VCARD_NAMESPACE,
    {},
    fullName !== undefined && child('FN', fullName),
    nickname !== undefined && child('NICKNAME', nickname),
    photo && el('PHOTO', VCARD_NAMESPACE, {}, child('TYPE', photo.type), child('BINVAL', photo.base64)),
  )
}

export function readVcard(vcard: Element): VcardSummary {
  const fullName = vcard.childText('FN')
  const nickname = vcard.childText('NICKNAME')
  const photo = vcard.child('PHOTO')
  const base64 = photo?.childText('BINVAL')?.replace(/\s+/g, '')
  return {
    ...(fullName === undefined ? {} : { fullName }),
    ...(nickname === undefined ? {} : { nickname }),
    ...(base64 ? { photo: { type: photo?.childText('TYPE') ?? '', base64 } } : {}),
  }
}
