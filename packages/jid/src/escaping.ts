/** XEP-0106 §3.1: what is escaped; the backslash only where it would otherwise read as an escape. */
const ESCAPED_CHARACTERS = ' "&\'/:<>@'
const ESCAPE_SEQUENCE = /\\(?=20|22|26|27|2f|3a|3c|3e|40|5c)/g
const TO_ESCAPE = new RegExp(`[${ESCAPED_CHARACTERS}]`, 'g')
const TO_UNESCAPE = /\\(20|22|26|27|2f|3a|3c|3e|40|5c)/g

/**
 * What a person typed as a localpart, in the form that may stand in an address (XEP-0106 §3.1). Outer spaces are cut
 * off, because `\20` may neither begin nor end an escaped localpart (§4.1 rule 6). Escapes only; prepares nothing.
 * @example escapeLocal("d'artagnan") // 'd\\27artagnan'
 */
export function escapeLocal(text: string): string {
  return text
    .replace(/^ +| +$/g, '')
    .replace(ESCAPE_SEQUENCE, '\\5c')
    .replace(TO_ESCAPE, (character) => `\\${character.charCodeAt(0).toString(16)}`)
}

/**
 * An escaped localpart as a person should see it (XEP-0106 §3.2). The result may not be sent or compared (§4.1).
 * @example unescapeLocal('d\\27artagnan') // "d'artagnan"
 */
export function unescapeLocal(local: string): string {
  return local.replace(TO_UNESCAPE, (_, hexadecimal: string) => String.fromCharCode(Number.parseInt(hexadecimal, 16)))
}
