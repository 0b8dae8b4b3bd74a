import { XmlError } from './errors.ts'
import { NAME_REST_CLASS, NAME_START_CLASS } from './name-characters.ts'

const START = `A-Z_a-z${NAME_START_CLASS}`
const REST = `${START}.\\-0-9${NAME_REST_CLASS}`
const ASCII_NAME = /^[A-Za-z_][-\w.]*$/
const NCNAME = new RegExp(`^[${START}][${REST}]*$`, 'u')

/** Whether `name` is an NCName: a name with no colon (XML 1.0 §2.3, Namespaces in XML 1.0 §3). */
export function isName(name: string): boolean {
  // Most names are of small letters and hyphens only, which is quicker to see without an expression.
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index)
    if ((code < 0x61 || code > 0x7a) && (code !== 0x2d || index === 0))
      return ASCII_NAME.test(name) || NCNAME.test(name)
  }
  return name !== ''
}

/**
 * Refuses an element name that is not an NCName.
 *
 * @throws {XmlError} `illegal-name`
 */
export function assertName(name: string): void {
  if (!isName(name)) throw new XmlError('illegal-name', `not an XML name: ${JSON.stringify(name)}`)
}

/**
 * Refuses an attribute key that is not `local`, `xml:local` or `{uri}local`. `xmlns` is refused too: declarations
 * are made by the serializer.
 *
 * @throws {XmlError} `illegal-name`
 */
export function assertAttributeKey(key: string): void {
  if (isName(key) && key !== 'xmlns') return
  const local = key.slice(key.startsWith('xml:') ? 4 : key.startsWith('{') ? key.lastIndexOf('}') + 1 : 0)
  if (key === 'xmlns' || !isName(local)) {
    throw new XmlError('illegal-name', `not an attribute name: ${JSON.stringify(key)}`)
  }
}
