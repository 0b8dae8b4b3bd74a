import { existsSync } from 'node:fs'
import { ImportedIds } from '@parlour/archive/server'
import {
  MESSAGE_ARCHIVE,
  type PortableEvent,
  readScramCredentials,
  scramCredentialsElement,
} from '@parlour/portable-data'
import { el } from '@parlour/xml'
import { LeftOut, type LeftOutNotes } from '../commands/left-out.ts'
import { readPortableFiles } from '../commands/portable-files.ts'
import type { Document } from '../commands/send-document.ts'
import type { EjabberdArchive } from './ejabberd-archive.ts'
import { EjabberdDump } from './ejabberd-dump.ts'
import { EjabberdSql } from './ejabberd-sql.ts'
import { withoutOwnIds } from './own-ids.ts'
import { DISPLAYED_NODE, DisplayedIds, nodeItems } from './pep-items.ts'
import { isSqliteFile } from './sqlite-file.ts'

/**
 * The accounts in what `ejabberdctl export_piefxis` has written: documents of XEP-0227, but for what is mended here. It has no
 * archives: those are in a dump of Mnesia's tables, or in the database where ejabberd keeps its data in SQLite.
 *
 * @param archive the file of one or the other
 * @throws Error when `archive` is neither
 */
export function readEjabberdFiles(file: string, archive?: string): Document {
  const { note, all } = new LeftOut()
  const { events, leftOut } = readPortableFiles(file)
  const archives = archive === undefined ? undefined : openArchive(archive, note)
  return {
    events: archives ? withArchives(mended(events), archives) : mended(events),
    leftOut: () => both(leftOut(), all()),
  }
}

const both = (one: LeftOutNotes, other: LeftOutNotes): LeftOutNotes => ({
  notes: [...one.notes, ...other.notes],
  more: one.more + other.more,
})

function openArchive(file: string, note: (text: string) => void): EjabberdArchive {
  if (!existsSync(file))
    throw new Error(`there is no ${file}: ejabberdctl dump writes one, where ejabberd keeps its data in Mnesia`)
  return isSqliteFile(file) ? new EjabberdSql(file, note) : new EjabberdDump(file, note)
}

async function* mended(events: Document['events']): AsyncGenerator<PortableEvent> {
  for await (const event of events) yield mend(event)
}

/** What each account has in the archives stands behind what else it has. */
async function* withArchives(
  events: AsyncIterable<PortableEvent>,
  archives: EjabberdArchive,
): AsyncGenerator<PortableEvent> {
  using closing = archives
  let [host, user] = ['', '']
  for await (const event of events) {
    if (event.type === 'host') host = event.domain
    if (event.type === 'user') user = event.name
    if (event.type === 'user-end') yield* archived(closing, user, host)
    yield event
  }
}

function* archived(archives: EjabberdArchive, user: string, host: string): Generator<PortableEvent> {
  const preferences = archives.preferences(user, host)
  if (preferences) yield { type: 'item', element: preferences }
  const nodes = archives.nodes(user, host)
  const read = nodes.find(({ name }) => name === DISPLAYED_NODE)
  const displayed = new DisplayedIds(`${user}@${host}`, read?.items() ?? [])
  const ids = new ImportedIds()
  for (const { id: former, message } of archives.messages(user, host)) {
    const at = Math.floor(Number(former) / 1000)
    const id = ids.of(former, at)
    displayed.renamed(former, id)
    const delay = el('delay', 'urn:xmpp:delay', { stamp: new Date(at).toISOString() })
    const forwarded = el('forwarded', 'urn:xmpp:forward:0', {}, delay, withoutOwnIds(message))
    yield { type: 'item', element: el('result', 'urn:xmpp:mam:2', { id }, forwarded), within: MESSAGE_ARCHIVE }
  }
  for (const { name, items } of nodes) yield* name === DISPLAYED_NODE ? displayed.items() : nodeItems(name, items())
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
