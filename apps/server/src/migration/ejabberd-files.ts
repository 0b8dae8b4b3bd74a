import { type PortableEvent, readScramCredentials, scramCredentialsElement } from '@parlour/portable-data'
import { readPortableFiles } from '../commands/portable-files.ts'
import type { Document } from '../commands/send-document.ts'
import { withoutOwnIds } from './own-ids.ts'

/** The accounts in what `ejabberdctl export_piefxis` has written: documents of XEP-0227, but for what is mended here. */
export function readEjabberdFiles(file: string): Document {
  const { events, leftOut } = readPortableFiles(file)
  return { events: mended(events), leftOut }
}

async function* mended(events: Document['events']): AsyncGenerator<PortableEvent> {
  for await (const event of events) yield mend(event)
}

function mend(event: PortableEvent): PortableEvent {
  if (event.type !== 'item') return event
  const { element } = event
  if (element.is('scram-credentials', 'urn:xmpp:pie:0#scram')) return { ...event, element: decodedOnce(element) }
  return element.is('message', 'jabber:client') ? { ...event, element: withoutOwnIds(element) } : event
}

/** Octets of a key in base 64, once more as text in base 64. */
const ENCODED_TWICE = new Set([28, 44, 88])

/** ejabberd (23.01 does) encodes salt and keys twice: by its length a key shows whether that was so. */
function decodedOnce(element: Parameters<typeof readScramCredentials>[0]) {
  const credentials = readScramCredentials(element)
  if (!credentials) return element
  const { salt, storedKey, serverKey } = credentials
  const [once, ...others] = [storedKey, serverKey, salt].map((text) => Buffer.from(text, 'base64').toString('latin1'))
  if (once === undefined || !ENCODED_TWICE.has(once.length) || Buffer.from(once, 'base64').toString('base64') !== once)
    return element
  const [server, salted] = others as [string, string]
  return scramCredentialsElement({ ...credentials, storedKey: once, serverKey: server, salt: salted })
}
