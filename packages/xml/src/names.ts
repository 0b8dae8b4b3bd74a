import { XmlError } from './errors.ts'
import { NAME_REST_CLASS, NAME_START_CLASS } from './name-characters.ts'

const START = `A-Z_a-z${NAME_START_CLASS}`
const REST = `${START}.\\-0-9${NAME_REST_CLASS}`
const ASCII_NAME = /^[A-Za-z_][-\w.]*$/
const NCNAME = new RegExp(`^[${START}][${REST}]*$`, 'u')

const NAME_CHARACTER = new RegExp(`[${REST}]`, 'u')
const NAME_START_CHARACTER = new RegExp(`[${START}]`, 'u')

/** Whether one character may stand in a name, at its start or after it (XML 1.0 §2.3, both editions); the colon may not. */
export function isNameCharacter(character: string, first: boolean): boolean {
  return (first ? NAME_START_CHARACTER : NAME_CHARACTER).test(character)
}

/** Whether `name` is an NCName: a name with no colon (XML 1.0 §2.3, Namespaces in XML 1.0 §3). */
export function isName(name: string): boolean {
  return ASCII_NAME.test(name) || NCNAME.test(name)
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
  const local = key.slice(key.startsWith('xml:') ? 4 : key.startsWith('{') ? key.lastIndexOf('}') + 1 : 0)
  if (key === 'xmlns' || !isName(local)) {
    throw new XmlError('illegal-name', `not an attribute name: ${JSON.stringify(key)}`)
  }
}
