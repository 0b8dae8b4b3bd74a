/** An attribute of a SCRAM message (RFC 5802 §5.1): its letter and its value. */
type ScramAttribute = readonly [name: string, value: string]

/** Attributes that RFC 5802 does not define: ignored (§5.1), but part of what is signed, and there for extensions. */
export type ScramExtensions = readonly ScramAttribute[]

/** What is wrong with a message, in the words of `server-error-value` (RFC 5802 §7). */
export type ScramFault = 'invalid-encoding' | 'extensions-not-supported' | 'invalid-username-encoding' | 'other-error'

const ATTRIBUTE = /^[A-Za-z]=[^\0]+$/
const DEFINED = 'anmrcsipve'

/** `attr-val *("," attr-val)`; a mandatory extension `m=` MUST cause failure (RFC 5802 §5.1). */
function splitAttributes(text: string): ScramAttribute[] | ScramFault {
  const attributes: ScramAttribute[] = []
  for (const part of text.split(',')) {
    if (!ATTRIBUTE.test(part)) return 'other-error'
    if (part.charCodeAt(0) === 0x6d /* m */) return 'extensions-not-supported'
    attributes.push([part[0] as string, part.slice(2)])
  }
  return attributes
}

/** The values of the attributes `names`, in that order at the start; the rest must be extensions (RFC 5802 §7). */
export function takeAttributes(
  text: string,
  names: string,
): { values: string[]; extensions: ScramExtensions } | ScramFault {
  const attributes = splitAttributes(text)
  if (typeof attributes === 'string') return attributes
  const extensions = attributes.slice(names.length)
  const inOrder = attributes.length >= names.length && [...names].every((name, at) => attributes[at]?.[0] === name)
  if (!inOrder || extensions.some(([name]) => DEFINED.includes(name))) return 'other-error'
  return { values: attributes.slice(0, names.length).map(([, value]) => value), extensions }
}

/** `,x=…` for each extension. */
export const writeExtensions = (extensions: ScramExtensions = []): string =>
  extensions.map(([name, value]) => `,${name}=${value}`).join('')

/** The characters ',' and '=' are sent as `=2C` and `=3D` (RFC 5802 §5.1). */
export const escapeSaslName = (name: string): string => name.replaceAll('=', '=3D').replaceAll(',', '=2C')

/** `undefined` where `=` is followed by anything but `2C` or `3D`, or the name is empty. */
export function unescapeSaslName(text: string): string | undefined {
  if (text === '' || /=(?!2C|3D)/.test(text)) return undefined
  return text.replaceAll('=2C', ',').replaceAll('=3D', '=')
}
